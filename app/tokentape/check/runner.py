"""Checking: asks a server its turns, looks at the answers and gathers what there is to say."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.mock_journal import Journal
from tokentape.check.observation import KnownRun, Observation, Seat, cut_places, look
from tokentape.check.report import Report
from tokentape.check.result import AnswerResult, find
from tokentape.check.secrets import Secrets
from tokentape.client.failures import Failure, Unreachable, Unwelcome
from tokentape.client.turn import Turn
from tokentape.contract.openai import OPENAI
from tokentape.contract.script import Script

GUESSED_EVENTS = 12
"""How long an answer is taken to be before one was seen."""

Progress = Callable[[int, int], None]
"""Told of the turn (from 1) and of how many events have come in all."""


Found = Callable[[Sequence[AnswerResult]], None]
"""Told of what was found in a turn, as soon as it is over."""


async def check(
    wanted: CheckConfig,
    progress: Progress = lambda _turn, _events: None,
    found: Found = lambda _findings: None,
) -> Report:
    """Never raises for what a server does; see `Report.stopped_short`."""
    findings: list[AnswerResult] = []
    stopped_short: str | None = None
    began, began_s = datetime.now(UTC), time.monotonic()
    checking = _CheckRun(wanted, progress)
    try:
        _possible(wanted)
        async with AsyncExitStack() as stack:
            if wanted.mock_url is not None:
                checking.journal = await stack.enter_async_context(
                    Journal(wanted.mock_url, wanted.mock_token)
                )
            for number in range(1, wanted.turns + 1):
                fresh = await checking.turn(number)
                findings += fresh
                found(fresh)
        _something_was_checked(wanted, findings)
    except CouldNotRun as reason:
        stopped_short = str(reason)
    except Unwelcome as failure:
        stopped_short = f"The server refused the connection: {failure}{_token_advice(wanted)}"
    except Failure as failure:
        stopped_short = no_answer(failure, wanted)
    report = Report(
        wanted=wanted,
        findings=tuple(findings),
        stopped_short=stopped_short,
        began=began,
        seconds=time.monotonic() - began_s,
    )
    return clean(report)


def no_answer(failure: Failure, wanted: CheckConfig) -> str:
    """Why there was none, and where to look."""
    if isinstance(failure, Unreachable) and failure.connected:
        return (
            f"No answer: {failure}. Somebody took the connection at {wanted.address}: see the log"
            " of that server, or of the proxy before it, at that time."
        )
    return f"No answer: {failure}. Is the server running, and is {wanted.address} its address?"


def clean(report: Report) -> Report:
    """The report without what was given for the server's eyes alone."""
    secrets = Secrets.shown_for(report.wanted)
    short = report.stopped_short
    return replace(
        report,
        wanted=report.wanted.without_secrets(),
        findings=tuple(map(secrets.out_of_finding, report.findings)),
        stopped_short=short and secrets.out_of_words(short),
    )


def _token_advice(wanted: CheckConfig) -> str:
    return ". If it needs a token, give one: --token" if wanted.token is None else ""


def _possible(wanted: CheckConfig) -> None:
    contract = wanted.contract
    if wanted.cutting and contract.resume is None:
        more = ""
        if contract.dialect in OPENAI:
            more = " What is lost of such a stream is lost; openai-responses can be resumed."
        raise CouldNotRun(
            f"{contract.key} has no way to resume: leave --cut-at and --cuts out.{more}"
        )
    if wanted.stop and contract.stop is None and contract.transport != "sse":
        raise CouldNotRun(f"{contract.key} has no way to stop: leave --stop out.")


def _something_was_checked(wanted: CheckConfig, findings: list[AnswerResult]) -> None:
    if any(finding.wrong for finding in findings):
        return
    if not any(finding.verdict.text for finding in findings) and wanted.expect != "":
        raise CouldNotRun("No answer had any text: there was nothing to check.")
    if wanted.cutting and not any(finding.sight.cuts for finding in findings):
        raise CouldNotRun(
            "No connection was cut: the answers were over too soon. Ask for longer ones"
            " (--message), or cut earlier (--cut-at 0)."
        )
    if wanted.stop and not any(finding.sight.stopped_ns for finding in findings):
        raise CouldNotRun(
            "Nothing was stopped: the answers were over too soon. Ask for longer ones."
        )


class _CheckRun:
    def __init__(self, wanted: CheckConfig, progress: Progress) -> None:
        self.journal: Journal | None = None
        self._wanted = wanted
        self._progress = progress
        self._chance = random.Random(wanted.seed)
        self._events = 0
        self._longest = GUESSED_EVENTS

    async def turn(self, number: int) -> list[AnswerResult]:
        wanted = self._wanted
        self._progress(number, self._events)
        sights = await self._look(number)
        self._longest = max(len(sight.timeline) for sight in sights)
        findings: list[AnswerResult] = []
        for sight in sights:
            first = next(one for one in sights if one.user == sight.user)
            script = await self._script(sight, first)
            findings.append(find(wanted, sight, script))
        return findings

    async def _look(self, number: int) -> list[Observation]:
        wanted = self._wanted
        users = range(1, wanted.users + 1) if wanted.users > 1 else [None]
        started = {user: KnownRun() for user in users}
        seats = [
            Seat(
                turn=number,
                user=user,
                viewer=viewer,
                cut_at=cut_places(wanted, self._chance, self._longest),
                joins=wanted.shared and viewer > 1,
            )
            for user in users
            for viewer in range(1, wanted.viewers + 1)
        ]

        def seen_one() -> None:
            self._events += 1
            self._progress(number, self._events)

        async with asyncio.TaskGroup() as group:
            looking = [
                group.create_task(
                    _in_words(look(wanted, self._turn(seat), seat, started[seat.user], seen_one))
                )
                for seat in seats
            ]
        looked = [task.result() for task in looking]
        for one in looked:
            if isinstance(one, Failure):
                raise one
        return [one for one in looked if isinstance(one, Observation)]

    def _turn(self, seat: Seat) -> Turn:
        wanted = self._wanted
        return Turn(
            message=f"{self._tag(seat)} {wanted.message}",
            model=wanted.model,
            user=wanted.user,
            token=wanted.token,
        )

    def _tag(self, of: Seat | Observation) -> str:
        """What tells this question from all others, here and in the mock's journal; its brackets
        tell 1 from 10."""
        asks = 1 if self._wanted.shared else of.viewer
        user = "" if of.user is None else f"{of.user}-"
        return f"[check-{self._wanted.seed}-{of.turn}-{user}{asks}]"

    async def _script(self, sight: Observation, first: Observation) -> Script | None:
        if self.journal is None or any(d.kind == "refused" for d in sight.noticed):
            return None
        tag = self._tag(sight)
        started_ns = first.started_ns if self._wanted.shared else sight.started_ns
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
