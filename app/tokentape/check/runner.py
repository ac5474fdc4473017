"""Asks a server its turns, looks at the answers and gathers what there is to say."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from tokentape.check.acceptance import advised
from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.mock_journal import Journal
from tokentape.check.observation import KnownRun, Observation, Seat, called, cut_places, observe
from tokentape.check.raw_view import ALL_BYTES, MOST_BYTES, raw_answer
from tokentape.check.report import Report
from tokentape.check.result import AnswerResult, judge_answer
from tokentape.check.secrets import Secrets
from tokentape.client.failures import Failure, Unreachable, Unwelcome
from tokentape.client.raw_log import RawLog
from tokentape.client.turn import Turn
from tokentape.contract.openai import OPENAI
from tokentape.contract.script import Script

GUESSED_EVENTS = 12
"""How long an answer is taken to be before one was seen."""

Progress = Callable[[int, int], None]
"""Called with the turn (from 1) and of how many events have come in all."""


OnResults = Callable[[Sequence[AnswerResult]], None]
"""Called with the results of a turn, as soon as it is over."""


async def check(
    config: CheckConfig,
    progress: Progress = lambda _turn, _events: None,
    on_results: OnResults = lambda _results: None,
) -> Report:
    """Never raises for what a server does; see `Report.stopped_short`."""
    results: list[AnswerResult] = []
    stopped_short: str | None = None
    began, began_s = datetime.now(UTC), time.monotonic()
    checking = _CheckRun(config, progress)
    try:
        _possible(config)
        async with AsyncExitStack() as stack:
            if config.mock_url is not None:
                checking.journal = await stack.enter_async_context(
                    Journal(config.mock_url, config.mock_token)
                )
            for number in range(1, config.turns + 1):
                fresh = await checking.turn(number)
                results += fresh
                on_results(fresh)
        _something_was_checked(config, results)
    except CouldNotRun as reason:
        stopped_short = str(reason)
    except Unwelcome as failure:
        stopped_short = f"The server refused the connection: {failure}{_token_advice(config)}"
    except Failure as failure:
        stopped_short = no_answer(failure, config)
    secrets = Secrets.shown_for(config)
    glimpses = {one.observation.called: one.observation.glimpse for one in results}
    report = Report(
        config=config,
        results=tuple(results),
        raw=tuple(raw_answer(log, glimpses.get(log.called), secrets) for log in checking.logs),
        stopped_short=stopped_short,
        began=began,
        seconds=time.monotonic() - began_s,
    )
    return clean(advised(report))


def no_answer(failure: Failure, config: CheckConfig) -> str:
    """Why there was none, and where to look."""
    if isinstance(failure, Unreachable) and failure.connected:
        return (
            f"No answer: {failure}. Somebody took the connection at {config.address}: see the log"
            " of that server, or of the proxy before it, at that time."
        )
    return f"No answer: {failure}. Is the server running, and is {config.address} its address?"


def clean(report: Report) -> Report:
    """The report without what was given for the server's eyes alone."""
    secrets = Secrets.shown_for(report.config)
    short = report.stopped_short
    return replace(
        report,
        config=report.config.without_secrets(),
        results=tuple(map(secrets.out_of_result, report.results)),
        stopped_short=short and secrets.out_of_words(short),
    )


def _token_advice(config: CheckConfig) -> str:
    return ". If it needs a token, give one: --token" if config.token is None else ""


def _possible(config: CheckConfig) -> None:
    contract = config.contract
    if config.cutting and contract.resume is None:
        more = ""
        if contract.dialect in OPENAI:
            more = " What is lost of such a stream is lost; openai-responses can be resumed."
        raise CouldNotRun(
            f"{contract.key} has no way to resume: leave --cut-at and --cuts out.{more}"
        )
    if config.stop and contract.stop is None and contract.transport != "sse":
        raise CouldNotRun(f"{contract.key} has no way to stop: leave --stop out.")


def _something_was_checked(config: CheckConfig, results: list[AnswerResult]) -> None:
    if any(result.wrong for result in results):
        return
    if not any(result.verdict.has_content for result in results) and config.expect != "":
        raise CouldNotRun("No answer had any text: there was nothing to check.")
    if config.cutting and not any(result.observation.cuts for result in results):
        if not any(seen.run for result in results for seen in result.observation.timeline):
            raise CouldNotRun(
                "No connection was cut: the server names no run by which to come back, neither in"
                " its events nor as an SSE id of RUN:NUMBER. Leave --cut-at and --cuts out."
            )
        raise CouldNotRun(
            "No connection was cut: the answers were over too soon. Ask for longer ones"
            " (--message), or cut earlier (--cut-at 0)."
        )
    if config.stop and not any(result.observation.stopped_ns for result in results):
        raise CouldNotRun(
            "Nothing was stopped: the answers were over too soon. Ask for longer ones."
        )


class _CheckRun:
    def __init__(self, config: CheckConfig, progress: Progress) -> None:
        self.journal: Journal | None = None
        self.logs: list[RawLog] = []
        self._wanted = config
        self._progress = progress
        self._chance = random.Random(config.seed)
        self._events = 0
        self._longest = GUESSED_EVENTS

    async def turn(self, number: int) -> list[AnswerResult]:
        config = self._wanted
        self._progress(number, self._events)
        observations = await self._observe(number)
        self._longest = max(len(observation.timeline) for observation in observations)
        results: list[AnswerResult] = []
        for observation in observations:
            first = next(one for one in observations if one.user == observation.user)
            script = await self._script(observation, first)
            results.append(judge_answer(config, observation, script))
        return results

    async def _observe(self, number: int) -> list[Observation]:
        config = self._wanted
        users = range(1, config.users + 1) if config.users > 1 else [None]
        started = {user: KnownRun() for user in users}
        seats = [
            Seat(
                turn=number,
                user=user,
                viewer=viewer,
                cut_at=cut_places(config, self._chance, self._longest),
                joins=config.shared and viewer > 1,
                log=self._log(number, user, viewer),
            )
            for user in users
            for viewer in range(1, config.viewers + 1)
        ]

        def seen_one() -> None:
            self._events += 1
            self._progress(number, self._events)

        async with asyncio.TaskGroup() as group:
            looking = [
                group.create_task(
                    _in_words(observe(config, self._turn(seat), seat, started[seat.user], seen_one))
                )
                for seat in seats
            ]
        looked = [task.result() for task in looking]
        for one in looked:
            if isinstance(one, Failure):
                raise one
        return [one for one in looked if isinstance(one, Observation)]

    def _log(self, number: int, user: int | None, viewer: int) -> RawLog | None:
        if self._wanted.show is None:
            return None
        room = ALL_BYTES - sum(log.size for log in self.logs)
        most = max(0, min(MOST_BYTES, room))
        log = RawLog(
            called(number, user, viewer),
            time.monotonic_ns(),
            most,
            messages=self._wanted.contract.transport != "sse",
        )
        self.logs.append(log)
        return log

    def _turn(self, seat: Seat) -> Turn:
        config = self._wanted
        return Turn(
            message=f"{self._tag(seat)} {config.message}",
            model=config.model,
            user=config.user,
            token=config.token,
        )

    def _tag(self, of: Seat | Observation) -> str:
        """What tells this question from all others, here and in the mock's journal; its brackets
        tell 1 from 10."""
        asks = 1 if self._wanted.shared else of.viewer
        user = "" if of.user is None else f"{of.user}-"
        return f"[check-{self._wanted.seed}-{of.turn}-{user}{asks}]"

    async def _script(self, observation: Observation, first: Observation) -> Script | None:
        if self.journal is None or any(d.kind == "refused" for d in observation.noticed):
            return None
        tag = self._tag(observation)
        started_ns = first.started_ns if self._wanted.shared else observation.started_ns
        stopping = first.stopped_ns is not None

        def settled(script: Script) -> bool:
            return script.state == "client_closed" if stopping else script.ended_ns is not None

        return await self.journal.script(tag, started_ns, settled)


async def _in_words(
    looking: Coroutine[None, None, Observation | None],
) -> Observation | Failure | None:
    """A failure as a value, so that one viewer's does not cancel the others."""
    try:
        return await looking
    except Failure as failure:
        return failure
