"""What the page shows of one answer, growing event by event. Knows no transport.

A page is told of it by a feed: an event is an array (its row, and the text where the row does not
hold it), everything else an object with what changed.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from tokentape.client.viewer import conversation_in
from tokentape.contract.contract import Contract, Json, Outcome
from tokentape.contract.timeline import Latency, Seen
from tokentape.ui.answer.browser_state import record_of
from tokentape.ui.answer.buffers import CurveBuffer, TextBuffer
from tokentape.ui.answer.error_messages import Problem, problem_of
from tokentape.ui.answer.feed import Feed
from tokentape.ui.answer.figures import figures_of
from tokentape.ui.answer.hop_latency import Hop, to_json
from tokentape.ui.answer.mock_script import NO_MOCK, Played
from tokentape.ui.answer.question import Question, named, takes
from tokentape.ui.answer.timeline_file import TimelineFile
from tokentape.ui.answer.timeline_rows import Row, TimelineRows
from tokentape.ui.answer.verdict_view import VerdictView

TEXTS_MAX = 20_000
"""Texts whose times are kept for the hops; of a longer answer, these are told about."""
_RUNNING = ("waiting", "answering")


@dataclass(slots=True)
class AnswerView:
    """All there is to show of one turn."""

    question: Question
    contract: Contract
    turn: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Unguessable: who knows it may see the answer."""
    began_ns: int = 0
    about: str = ""
    in_history: bool = True
    """Whether the browser shall keep it in its history."""
    state: str = "waiting"
    problem: Problem | None = None
    figures: Sequence[Mapping[str, Json]] = ()
    verdict: VerdictView | None = None
    run: str | None = None
    conversation_id: str | None = None
    text: TextBuffer = field(default_factory=TextBuffer)
    curve: CurveBuffer = field(default_factory=CurveBuffer)
    recording: TimelineFile = field(default_factory=TimelineFile)
    feed: Feed = field(default_factory=Feed)
    played: Played = Played(NO_MOCK)  # noqa: RUF009  # frozen, and of frozen parts
    plan: Sequence[tuple[float, int]] = ()
    """Characters by the mock's plan, over the milliseconds of the chart."""
    hops: Sequence[Hop] = ()
    reads: list[tuple[int, int]] = field(default_factory=list)
    """Characters so far and the time of the read, of each text."""
    _timeline_rows: TimelineRows | None = None
    _sent: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.about:
            name, wished = named(self.contract), self.question.options.keys()
            self.about = f"{name} · {wished}" if wished else name
        self.push_changes()

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.state in _RUNNING

    def began(self, at_ns: int) -> None:
        """From here on offsets are counted."""
        if self._timeline_rows is None:
            self.began_ns = at_ns
            self._timeline_rows = TimelineRows(self.contract, at_ns)

    def add(self, event: Seen, problem: Problem | None = None) -> None:
        """Draw one event; a failure is told as this problem, or by its code."""
        self.began(event.at_ns)
        assert self._timeline_rows is not None  # noqa: S101  # `began` made it
        row, piece = self._timeline_rows.row(event), event.text or ""
        self.recording.add(event, self.began_ns)
        if piece:
            self.text.push(piece)
            self.curve.add(row[1], len(self.text))
            if len(self.reads) < TEXTS_MAX:
                self.reads.append((len(self.text), event.at_ns))
        self.feed.push(line_of(row, piece))
        before = self.state, self.run, self.conversation_id
        self.run = self.run or event.run
        self.conversation_id = conversation_in(self.contract, event) or self.conversation_id
        if self.running:
            self.state = event.end or ("answering" if len(self.text) else self.state)
        if event.end == "failed":
            self.problem = problem or problem_of(event.code)
        if before != (self.state, self.run, self.conversation_id):
            self.push_changes()

    def measure(self, latency: Latency) -> None:
        """Show these times as figures."""
        self.figures = [asdict(figure) for figure in figures_of(latency)]

    def restore(self, text: str, state: Outcome, problem: Problem | None) -> None:
        """Draw what was stored, where no events are to be had any more."""
        self.text.replace(text)
        self.state, self.problem = state, problem
        self.feed.skip()

    def fail(self, problem: Problem, state: str = "failed") -> None:
        """End it, with a problem to be told."""
        self.problem, self.state = problem, state

    def push_changes(self) -> None:
        """Put into the feed what changed beside the events."""
        now = self.meta()
        changed = {name: value for name, value in now.items() if self._sent.get(name) != value}
        if changed:
            self._sent = now
            self.feed.push(changed)

    def meta(self) -> dict[str, Json]:
        """Everything but the events and the text."""
        return {
            "turn": self.turn,
            "kept": self.in_history,
            "how": record_of(self.question),
            "dialect": self.contract.dialect,
            "retells": takes(self.contract, "earlier"),
            "about": self.about,
            "run": self.run,
            "conversation": self.conversation_id,
            "state": self.state,
            "problem": self.problem and asdict(self.problem),
            "figures": list(self.figures),
            "hops": to_json(self.hops),
            "plan": [list(point) for point in self.plan],
            "ruling": self.verdict and asdict(self.verdict),
        }

    def value(self, subscription: str) -> str:
        """What a page is sent: which answer for which subscription, from which line on."""
        return f"{self.turn} {subscription} {self.feed.first}\n{self.feed.show()}"


def line_of(row: Row, piece: str) -> Json:
    """A row as a line of the feed: with the piece of text where the row does not show just that."""
    _, _, _, _, shown, tone, _ = row
    return list(row) if piece == (shown if tone == "text" else "") else [*row, piece]
