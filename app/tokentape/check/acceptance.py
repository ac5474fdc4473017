"""Acceptance: habits of a provider that a check calls right, and those that would make a wrong
answer right. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.report import Report
from tokentape.check.result import AnswerResult, judge_answer
from tokentape.contract.contract import Contract
from tokentape.contract.nearest import nearest
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_habits import HABITS, accepting
from tokentape.contract.openai_profiles import PROFILES
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Verdict
from tokentape.contract.violations import kinds_of

MOST_ANSWERS, MOST_EVENTS = 3, 5_000
"""So many wrong answers are tried, of so many events at most: once for each habit."""


def accepted(contract: Contract, accept: Sequence[str], profile: str | None) -> Contract:
    """The contract with these habits and a profile's. Raises `CouldNotRun`."""
    if not accept and profile is None:
        return contract
    if contract.dialect != CHAT.dialect:
        raise CouldNotRun(f"--accept and --profile are of --dialect {CHAT.dialect}.")
    names = habits_of(accept, profile)
    return accepting(names, contract)


def habits_of(accept: Sequence[str], profile: str | None) -> tuple[str, ...]:
    """The names of the habits that are accepted. Raises `CouldNotRun`."""
    known = [habit.name for habit in HABITS]
    for name in accept:
        if name not in known:
            raise CouldNotRun(f"--accept {name}: no habit has this name.{nearest(name, known)}")
    if profile is None:
        return tuple(accept)
    if profile not in PROFILES:
        words = f"--profile {profile}: there is none of this name.{nearest(profile, PROFILES)}"
        raise CouldNotRun(words)
    return (*accept, *PROFILES[profile].habits)


def advised(report: Report) -> Report:
    """The report with the habits that would make its first wrong answers right."""
    config = report.config
    if config.contract.dialect != CHAT.dialect:
        return report
    already = habits_of(config.accept, config.profile)
    if replace(config.contract, start=CHAT.start) != accepting(already):
        return report  # somebody's own contract: what it accepts is in its file
    tried = [one for one in report.wrong if len(one.observation.timeline) <= MOST_EVENTS]
    found = {id(one): _makes_right(config, one, already) for one in tried[:MOST_ANSWERS]}
    results = [
        replace(one, would_accept=found[id(one)]) if found.get(id(one)) else one
        for one in report.results
    ]
    return replace(report, results=tuple(results))


def _makes_right(
    config: CheckConfig, result: AnswerResult, already: Sequence[str]
) -> tuple[str, ...]:
    """The fewest habits, of all that there are, without any of which it stays wrong."""
    if not _faults(result.verdict):
        return ()  # wrong by its times alone
    names = [habit.name for habit in HABITS if habit.name not in already]
    if not _right_with(config, result, [*already, *names]):
        return ()
    for name in tuple(names):
        fewer = [one for one in names if one != name]
        if _right_with(config, result, [*already, *fewer]):
            names = fewer
    return tuple(names)


def _right_with(config: CheckConfig, result: AnswerResult, names: Sequence[str]) -> bool:
    contract, came = accepting(names), result.observation.timeline  # what was asked is over
    timeline = [
        see(contract, one.event, one.payload, at_ns=one.at_ns, read=one.read, since_ns=one.since_ns)
        for one in came
    ]
    observation = replace(result.observation, contract=contract, timeline=tuple(timeline))
    tried = replace(config, contract=contract, expect=result.due, line_end="", order_only=True)
    verdict = judge_answer(tried, observation, None).verdict
    return verdict.has_content and not _faults(verdict)


def _faults(verdict: Verdict) -> bool:
    return any(one.kind not in kinds_of("timing") for one in verdict.violations)


def profiles_with(habits: Sequence[str]) -> tuple[str, ...]:
    """The profiles that have these habits, those with the fewest others first."""
    having = [one for one in PROFILES.values() if set(habits) <= set(one.habits)]
    return tuple(one.name for one in sorted(having, key=lambda one: len(one.habits)))
