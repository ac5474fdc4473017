"""Telling: one turn asked of the server, as what the page shows after each frame of its answer.

Knows the client library and the mock's journal, not Gradio.
"""

import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from app.client.open import open_viewer
from app.client.turn import Refused, Unreachable
from app.client.viewer import Viewer, conversation_of, verdict_of
from app.contract.contract import Contract, Json
from app.contract.timeline import Seen, latency_of
from app.contract.verdict import Expectation
from app.dialects.contracts import CONTRACTS
from app.ui.chat.answering import in_frames
from app.ui.chat.asking import Asked, named
from app.ui.chat.figures import figures_of
from app.ui.chat.pace import Pace
from app.ui.chat.problems import Problem, problem_from, problem_of
from app.ui.chat.rows import Rowing, RowWindow
from app.ui.chat.ruling import Ruling, no_stream, rule
from app.ui.chat.script import script_of
from app.ui.pages import Page

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where is asked: the server's root URL, and the mock's if there is one."""

    url: str
    mock_url: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What is sent along: on whose behalf the page asks."""


@dataclass(slots=True)
class Picture:
    """What the page shows of one turn. Grows with each frame; `conversation` and `timeline` are
    written so that what was sent before stays a beginning of what is sent next."""

    asked: Asked
    contract: Contract
    turn: str = field(default_factory=lambda: secrets.token_hex(6))
    text: str = ""
    state: str = "waiting"
    problem: Problem | None = None
    figures: Sequence[Mapping[str, Json]] = ()
    ruling: Ruling | None = None
    window: RowWindow = field(default_factory=RowWindow)
    pace: Pace = field(default_factory=Pace)
    rowing: Rowing | None = None

    def add(self, frame: Sequence[Seen], viewer: Viewer) -> None:
        """Draw the events of one frame."""
        if self.rowing is None:
            self.rowing = Rowing(self.contract, viewer.started_ns)
        self.window.push([self.rowing.row(seen) for seen in frame])
        self.text += "".join(seen.text for seen in frame if seen.text)
        if self.text and not self.figures:
            self._measure(viewer)
        for seen in frame:
            if self.state in ("waiting", "answering"):
                self.state = seen.end or ("answering" if self.text else self.state)
            if seen.end == "failed":
                self.problem = problem_of(seen.code)

    def conclude(self, viewer: Viewer, *, left: bool) -> None:
        """Draw the figures of an answer that is over, or that was left before it had a name."""
        self._measure(viewer)
        if left:
            self.fail(problem_of("NO_RUN"), "stopped")
        elif self.state in ("waiting", "answering"):
            self.fail(problem_of("NO_END"))

    def fail(self, problem: Problem, state: str = "failed") -> None:
        self.problem, self.state = problem, state

    def _measure(self, viewer: Viewer) -> None:
        found = figures_of(latency_of(viewer.timeline, viewer.started_ns))
        self.figures = [asdict(figure) for figure in found]

    def conversation(self) -> Mapping[str, Json]:
        return {
            "turn": self.turn,
            "asked": self.asked.message,
            "about": self._about(),
            "text": self.text,
            "state": self.state,
            "problem": self.problem and asdict(self.problem),
        }

    def timeline(self) -> Mapping[str, Json]:
        return {
            "turn": self.turn,
            "state": self.state,
            "figures": self.figures,
            "ruling": self.ruling and asdict(self.ruling),
            **self.window.value(),
        }

    def _about(self) -> str:
        name, wished = named(self.contract), self.asked.wish.keys()
        return f"{name} · {wished}" if wished else name


async def tell(asked: Asked, page: Page, place: Place) -> AsyncIterator[Picture]:
    """Ask, and yield the one growing picture: at once, after each frame, and when it was judged.

    The page's talk is carried on when the answer is over, however it ended.
    """
    contract = CONTRACTS[asked.contract]
    picture = Picture(asked, contract)
    conversation = page.talk.conversation(contract)
    yield picture
    try:
        async with open_viewer(place.url, contract, headers=place.headers) as viewer:
            with page.watching(viewer) as watch:
                events = viewer.ask(asked.turn(conversation))
                async for frame in in_frames(
                    events, lambda: picture.pace.frame_s(len(picture.text)), watch.left
                ):
                    picture.add(frame, viewer)
                    picture.pace.sent(len(picture.text), time.monotonic())
                    yield picture
            conversation = conversation_of(viewer) or conversation
            picture.conclude(viewer, left=watch.left.is_set())
            yield picture
            if viewer.timeline:
                picture.ruling = await _judge(viewer, asked, place)
    except (Refused, Unreachable) as error:
        problem = problem_from(error)
        picture.fail(problem)
        picture.ruling = no_stream(problem.code)
    except Exception:  # the page's outermost edge: the person is told, the log has the rest
        log.exception("a turn could not be shown")
        picture.fail(problem_of("INTERNAL"))
    page.talk = page.talk.after(asked, contract, conversation)
    yield picture


async def _judge(viewer: Viewer, asked: Asked, place: Place) -> Ruling:
    last_ns = viewer.timeline[-1].at_ns
    script = await script_of(place.mock_url, asked.message, viewer.started_ns, last_ns)
    verdict = verdict_of(viewer, Expectation(text=script.text))
    return rule(verdict, script, len(viewer.timeline))
