"""Sources: where an answer's events come from: asked for now, joined again, or replayed.

Each is what a `LiveAnswer` does. Knows the client library and the mock's journal, not Gradio.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx2
import orjson

from tokentape.client.factory import open_viewer
from tokentape.client.turn import Turn, TurnRefused, Unreachable
from tokentape.client.viewer import Viewer, verdict_of
from tokentape.contract.contract import Contract, Emit, Json, Outcome, fill
from tokentape.contract.timeline import Seen, latency_of
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.browser_state import UnfinishedAnswer
from tokentape.ui.answer.buffers import CurveBuffer
from tokentape.ui.answer.error_messages import Problem, problem_from, problem_of
from tokentape.ui.answer.live_answer import LiveAnswer, Tell
from tokentape.ui.answer.mock_script import Played, played_in, refusal_of
from tokentape.ui.answer.question import Question
from tokentape.ui.answer.timeline_file import Saved
from tokentape.ui.answer.verdict_view import ExpectedText, as_stored, no_stream, rule
from tokentape.ui.mock_admin import Mock

log = logging.getLogger(__name__)

_GONE = frozenset({"NOT_FOUND", "RUN_GONE", "RUN_UNKNOWN", "FORBIDDEN"})
_STORED: Mapping[str, Outcome] = {"complete": "completed", "stopped": "stopped", "failed": "failed"}
_STORED_TIMEOUT_S = 10.0
_ENDING_S = 0.25
"""Between two looks at a stored answer that has not ended."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where is asked: the server's root URL, and the mock if there is one."""

    url: str
    mock: Mock | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What is sent along: on whose behalf the page asks."""


def ask(asked: Question, conversation: str | None, place: Target) -> LiveAnswer:
    """Ask, in the conversation with this id or in a new one."""
    contract = CONTRACTS[asked.contract]
    picture = AnswerView(asked, contract, conversation_id=conversation)

    async def tell(telling: LiveAnswer) -> None:
        async with _viewing(telling, place) as viewer:
            await _follow(telling, viewer, viewer.ask(asked.turn(conversation)), place.mock)
            await _conclude(telling, viewer, place.mock)

    return LiveAnswer(picture, _guarded(tell, place.mock))


def rejoin(left: UnfinishedAnswer, place: Target) -> LiveAnswer:
    """Come back to an answer by its run: from the tape while that is there, else as stored."""
    asked = left.asked
    contract = CONTRACTS[asked.contract]
    picture = AnswerView(
        asked, contract, turn=left.turn, run=left.run, conversation_id=left.conversation
    )

    async def tell(telling: LiveAnswer) -> None:
        if left.run is None:
            picture.fail(problem_of("NO_RUN"))
            return
        turn = asked.turn(left.conversation)
        if _can_resume(contract, turn, left.run):
            try:
                async with _viewing(telling, place) as viewer:
                    await _follow(telling, viewer, viewer.resume(left.run, -1, turn), place.mock)
                    if viewer.timeline and not picture.running:
                        await _conclude(telling, viewer, place.mock)
                        return
            except TurnRefused as refused:
                if refused.code not in _GONE:
                    raise
        await _restore(picture, left.run, asked.token, place)

    return LiveAnswer(picture, _guarded(tell, place.mock))


def replay(saved: Saved, name: str, *, speed: float = 1.0) -> LiveAnswer:
    """A saved timeline, at its own pace or `speed` times as fast."""
    picture = AnswerView(saved.asked, saved.contract, about=f"replay of {name}", kept=False)
    picture.plan = saved.plan
    files = [saved]

    async def tell(telling: LiveAnswer) -> None:
        saved = files.pop()  # its events are let go with the end, the picture stays
        started_ns = time.monotonic_ns()
        picture.began(0)
        timeline: list[Seen] = []
        for seen in saved.events:
            due_s = (started_ns + seen.at_ns / speed - time.monotonic_ns()) / 1e9
            if due_s > 0:
                await asyncio.sleep(due_s)
            elif len(timeline) % 512 == 0:
                await asyncio.sleep(0)
            timeline.append(seen)
            picture.add(seen)
            telling.changed()
        picture.measure(latency_of(timeline, 0))
        if picture.running:
            picture.fail(problem_of("NO_END"))
        script = ExpectedText(saved.script, "the file has no script")
        picture.played = Played(script)
        expected = Expectation(text=script.text)
        verdict = await asyncio.to_thread(judge, saved.contract, timeline, 0, expected)
        picture.ruling = rule(verdict, script, len(timeline))

    return LiveAnswer(picture, _guarded(tell))


def no_answer(message: str, why: str, code: str) -> LiveAnswer:
    """What is said where nothing can be asked, or a file can't be replayed."""
    asked = Question(message=message, contract=next(iter(CONTRACTS)))
    picture = AnswerView(asked, CONTRACTS[asked.contract], about="nothing was asked", kept=False)

    async def tell(_telling: LiveAnswer) -> None:
        picture.fail(Problem(why, code, ""))
        picture.ruling = no_stream(code, why)

    return LiveAnswer(picture, _guarded(tell))


def _can_resume(contract: Contract, turn: Turn, run: str) -> bool:
    """Whether the turn's own values name the run: some dialects want what was asked before it."""
    resume = contract.resume
    values = {**turn.values(), "run": run, "seq": -1}
    return resume is not None and (isinstance(resume, Emit) or bool(fill(resume.path, values)))


@asynccontextmanager
async def _viewing(telling: LiveAnswer, place: Target) -> AsyncIterator[Viewer]:
    """A viewer of the place, which the telling stops its answer by."""
    asked, contract = telling.picture.asked, telling.picture.contract
    async with open_viewer(place.url, contract, token=asked.token, headers=place.headers) as viewer:
        telling.viewer = viewer
        try:
            yield viewer
        finally:
            telling.viewer = None


async def _follow(
    telling: LiveAnswer, viewer: Viewer, events: AsyncIterator[Seen], mock: Mock | None
) -> None:
    picture = telling.picture
    async for seen in events:
        picture.began(viewer.started_ns)
        problem = problem_of(seen.code) if seen.end == "failed" else None
        picture.add(seen, problem and await _explained(problem, picture.asked, mock))
        if seen.text and not picture.figures:
            picture.measure(latency_of(viewer.timeline, viewer.started_ns))
            picture.tell()
        telling.changed()


async def _explained(problem: Problem, asked: Question, mock: Mock | None) -> Problem:
    """With the mock's own words, where it is the mock that refused."""
    if problem.code != "UPSTREAM_REFUSED":
        return problem
    words = await refusal_of(mock, asked.turn(None).message)
    return replace(problem, advice=f"The mock says: {words}") if words else problem


async def _conclude(telling: LiveAnswer, viewer: Viewer, mock: Mock | None) -> None:
    """Draw the figures of an answer that is over, then judge it."""
    picture, timeline = telling.picture, viewer.timeline
    picture.measure(latency_of(timeline, viewer.started_ns))
    if picture.running:
        picture.fail(problem_of("NO_END"))
    picture.tell()
    telling.changed()
    if not timeline:
        return
    played = await played_in(
        mock,
        picture.asked.message,
        viewer.started_ns,
        timeline[-1].at_ns,
        said=picture.text.whole(),
    )
    picture.played = played
    picture.plan = plan_of(played, viewer.started_ns)
    expected = Expectation(text=played.script.text)
    # Long answers take seconds to judge, in which others would see theirs halt.
    verdict = await asyncio.to_thread(verdict_of, viewer, expected)
    picture.ruling = rule(verdict, played.script, len(timeline))


def plan_of(played: Played, started_ns: int) -> Sequence[tuple[float, int]]:
    """When the mock was due to have said how much, in milliseconds from the start."""
    curve = CurveBuffer()
    for frame in played.frames:
        curve.add(round((frame.due_ns - started_ns) / 1e6, 1), frame.characters)
    return curve.points


async def _restore(picture: AnswerView, run: str, token: str | None, place: Target) -> None:
    """Show what the server stored, once that has ended."""
    headers = {**place.headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    async with httpx2.AsyncClient(
        base_url=place.url, timeout=_STORED_TIMEOUT_S, headers=headers
    ) as http:
        while True:
            try:
                answer = await http.get(f"/api/runs/{run}")
                stored: Json = orjson.loads(answer.content)
            except (httpx2.HTTPError, orjson.JSONDecodeError):
                picture.fail(problem_of("UNREACHABLE"))
                return
            if not answer.is_success:
                picture.fail(problem_of("NOT_KEPT"))
                return
            if (state := _STORED.get(stored["status"])) is not None:
                break
            await asyncio.sleep(_ENDING_S)
    picture.conversation_id = stored["conversationId"]
    problem = problem_of(stored["code"]) if state == "failed" else None
    picture.restore(stored["content"], state, problem)
    picture.ruling = as_stored(state)


def _guarded(tell: Tell, mock: Mock | None = None) -> Tell:
    """Whatever goes wrong is told to who asked."""

    async def guarded(telling: LiveAnswer) -> None:
        picture = telling.picture
        try:
            await tell(telling)
        except asyncio.CancelledError:
            if picture.running:
                picture.fail(problem_of("NO_RUN"), "stopped")
            raise
        except (TurnRefused, Unreachable) as error:
            problem = await _explained(problem_from(error), picture.asked, mock)
            picture.fail(problem)
            picture.ruling = no_stream(problem.code)
        except Exception:  # the page's outermost edge: the person is told, the log has the rest
            log.exception("a turn could not be shown")
            picture.fail(problem_of("INTERNAL"))
        finally:
            picture.tell()

    return guarded
