"""Where an answer's events come from: asked for now, joined again, or replayed.

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
from tokentape.client.turn import EarlierMessage, Turn, TurnRefused, Unreachable, new_uuid
from tokentape.client.viewer import Viewer, verdict_of
from tokentape.contract.contract import Contract, Emit, Json, Outcome, fill
from tokentape.contract.timeline import Seen, latency_of
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.browser_state import UnfinishedAnswer
from tokentape.ui.answer.buffers import CurveBuffer
from tokentape.ui.answer.error_messages import Problem, problem_from, problem_of
from tokentape.ui.answer.live_answer import Fill, LiveAnswer
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
    """Where to ask: the server's root URL, and the mock if there is one."""

    url: str
    mock: Mock | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What is sent along: on whose behalf the page asks."""


def ask_question(
    question: Question,
    conversation: str | None,
    place: Target,
    earlier: Sequence[EarlierMessage] = (),
) -> LiveAnswer:
    """Ask, in the conversation with this id, in which `earlier` was said, or in a new one."""
    contract = CONTRACTS[question.contract]
    if contract.names_conversation:  # its events may not say it
        conversation = conversation or new_uuid()
    view = AnswerView(question, contract, conversation_id=conversation)

    async def run(live: LiveAnswer) -> None:
        async with _viewing(live, place) as viewer:
            turn = question.turn(conversation, earlier)
            await _follow(live, viewer, viewer.ask(turn), place.mock)
            await _conclude(live, viewer, place.mock)

    return LiveAnswer(view, _guarded(run, place.mock))


def rejoin(left: UnfinishedAnswer, place: Target) -> LiveAnswer:
    """Come back to an answer by its run: from the tape while that is there, else as stored."""
    question = left.question
    contract = CONTRACTS[question.contract]
    view = AnswerView(
        question, contract, turn=left.turn, run=left.run, conversation_id=left.conversation
    )

    async def run(live: LiveAnswer) -> None:
        if left.run is None:
            view.fail(problem_of("NO_RUN"))
            return
        turn = question.turn(left.conversation)
        if _can_resume(contract, turn, left.run):
            try:
                async with _viewing(live, place) as viewer:
                    await _follow(live, viewer, viewer.resume(left.run, -1, turn), place.mock)
                    if viewer.timeline and not view.running:
                        await _conclude(live, viewer, place.mock)
                        return
            except TurnRefused as refused:
                if refused.code not in _GONE:
                    raise
        await _restore(view, left.run, question.token, place)

    return LiveAnswer(view, _guarded(run, place.mock))


def replay(saved: Saved, name: str, *, speed: float = 1.0) -> LiveAnswer:
    """A saved timeline, at its own pace or `speed` times as fast."""
    view = AnswerView(saved.question, saved.contract, about=f"replay of {name}", in_history=False)
    view.plan = saved.plan
    files = [saved]

    async def run(live: LiveAnswer) -> None:
        saved = files.pop()  # its events are let go with the end, the view stays
        started_ns = time.monotonic_ns()
        view.began(0)
        timeline: list[Seen] = []
        for seen in saved.events:
            due_s = (started_ns + seen.at_ns / speed - time.monotonic_ns()) / 1e9
            if due_s > 0:
                await asyncio.sleep(due_s)
            elif len(timeline) % 512 == 0:
                await asyncio.sleep(0)
            timeline.append(seen)
            view.add(seen)
            live.changed()
        view.measure(latency_of(timeline, 0))
        if view.running:
            view.fail(problem_of("NO_END"))
        script = ExpectedText(saved.script, "the file has no script")
        view.played = Played(script)
        expected = Expectation(text=script.text)
        verdict = await asyncio.to_thread(judge, saved.contract, timeline, 0, expected)
        view.verdict = rule(verdict, script, len(timeline))

    return LiveAnswer(view, _guarded(run))


def no_answer(message: str, why: str, code: str) -> LiveAnswer:
    """What is said where nothing can be asked, or a file can't be replayed."""
    question = Question(message=message, contract=next(iter(CONTRACTS)))
    contract = CONTRACTS[question.contract]
    view = AnswerView(question, contract, about="nothing was asked", in_history=False)

    async def run(_live: LiveAnswer) -> None:
        view.fail(Problem(why, code, ""))
        view.verdict = no_stream(code, why)

    return LiveAnswer(view, _guarded(run))


def _can_resume(contract: Contract, turn: Turn, run: str) -> bool:
    """Whether the turn's own values name the run: some dialects want what was asked before it."""
    resume = contract.resume
    values = {**turn.values(), "run": run, "seq": -1}
    return resume is not None and (isinstance(resume, Emit) or bool(fill(resume.path, values)))


@asynccontextmanager
async def _viewing(live: LiveAnswer, place: Target) -> AsyncIterator[Viewer]:
    """A viewer of the place, by which the answer can be stopped."""
    question, contract = live.view.question, live.view.contract
    token, headers = question.token, place.headers
    async with open_viewer(place.url, contract, token=token, headers=headers) as viewer:
        live.viewer = viewer
        try:
            yield viewer
        finally:
            live.viewer = None


async def _follow(
    live: LiveAnswer, viewer: Viewer, events: AsyncIterator[Seen], mock: Mock | None
) -> None:
    view = live.view
    async for seen in events:
        view.began(viewer.started_ns)
        problem = problem_of(seen.code) if seen.end == "failed" else None
        view.add(seen, problem and await _explained(problem, view.question, mock))
        if seen.text and not view.figures:
            view.measure(latency_of(viewer.timeline, viewer.started_ns))
            view.push_changes()
        live.changed()


async def _explained(problem: Problem, question: Question, mock: Mock | None) -> Problem:
    """With the mock's own words, where it is the mock that refused."""
    if problem.code != "UPSTREAM_REFUSED":
        return problem
    words = await refusal_of(mock, question.turn(None).message)
    return replace(problem, advice=f"The mock says: {words}") if words else problem


async def _conclude(live: LiveAnswer, viewer: Viewer, mock: Mock | None) -> None:
    """Draw the figures of an answer that is over, then judge it."""
    view, timeline = live.view, viewer.timeline
    view.measure(latency_of(timeline, viewer.started_ns))
    if view.running:
        view.fail(problem_of("NO_END"))
    view.push_changes()
    live.changed()
    if not timeline:
        return
    played = await played_in(
        mock,
        view.question.message,
        viewer.started_ns,
        timeline[-1].at_ns,
        text=view.text.whole(),
    )
    view.played = played
    view.plan = plan_of(played, viewer.started_ns)
    expected = Expectation(text=played.script.text)
    # Long answers take seconds to judge, in which others would see theirs halt.
    verdict = await asyncio.to_thread(verdict_of, viewer, expected)
    view.verdict = rule(verdict, played.script, len(timeline))


def plan_of(played: Played, started_ns: int) -> Sequence[tuple[float, int]]:
    """When the mock was due to have said how much, in milliseconds from the start."""
    curve = CurveBuffer()
    for frame in played.frames:
        curve.add(round((frame.due_ns - started_ns) / 1e6, 1), frame.characters)
    return curve.points


async def _restore(view: AnswerView, run: str, token: str | None, place: Target) -> None:
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
                view.fail(problem_of("UNREACHABLE"))
                return
            if not answer.is_success:
                view.fail(problem_of("NOT_KEPT"))
                return
            if (state := _STORED.get(stored["status"])) is not None:
                break
            await asyncio.sleep(_ENDING_S)
    view.conversation_id = stored["conversationId"]
    problem = problem_of(stored["code"]) if state == "failed" else None
    view.restore(stored["content"], state, problem)
    view.verdict = as_stored(state)


def _guarded(run: Fill, mock: Mock | None = None) -> Fill:
    """Whatever goes wrong is told to who asked."""

    async def guarded(live: LiveAnswer) -> None:
        view = live.view
        try:
            await run(live)
        except asyncio.CancelledError:
            if view.running:
                view.fail(problem_of("NO_RUN"), "stopped")
            raise
        except (TurnRefused, Unreachable) as error:
            problem = await _explained(problem_from(error), view.question, mock)
            view.fail(problem)
            view.verdict = no_stream(problem.code)
        except Exception:  # the page's outermost edge: the person is told, the log has the rest
            log.exception("a turn could not be shown")
            view.fail(problem_of("INTERNAL"))
        finally:
            view.push_changes()

    return guarded
