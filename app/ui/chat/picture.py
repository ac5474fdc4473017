"""Picture: what the page shows of one answer, growing event by event. Knows no transport.

What a page is sent of it is windows: texts that only grow at their end (see `windows`).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from app.contract.contract import Contract, Json, Outcome
from app.contract.timeline import Latency, Seen
from app.ui.chat.asking import Asked, named
from app.ui.chat.figures import figures_of
from app.ui.chat.hops import Hop, told
from app.ui.chat.kept import record_of
from app.ui.chat.problems import Problem, problem_of
from app.ui.chat.recording import Recording
from app.ui.chat.rows import Rowing, RowWindow
from app.ui.chat.ruling import Ruling
from app.ui.chat.script import NO_MOCK, Played
from app.ui.chat.windows import Curve, TextWindow

TEXTS_MAX = 20_000
"""Texts whose times are kept for the hops; of a longer answer, these are told about."""
_RUNNING = ("waiting", "answering")


@dataclass(slots=True)
class Picture:
    """All there is to show of one turn."""

    asked: Asked
    contract: Contract
    turn: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Unguessable: who knows it may see the answer."""
    began_ns: int = 0
    about: str = ""
    kept: bool = True
    """Whether the browser shall keep it in its history."""
    state: str = "waiting"
    problem: Problem | None = None
    figures: Sequence[Mapping[str, Json]] = ()
    ruling: Ruling | None = None
    run: str | None = None
    conversation_id: str | None = None
    text: TextWindow = field(default_factory=TextWindow)
    rows: RowWindow = field(default_factory=RowWindow)
    curve: Curve = field(default_factory=Curve)
    recording: Recording = field(default_factory=Recording)
    played: Played = Played(NO_MOCK)  # noqa: RUF009  # frozen, and of frozen parts
    plan: Sequence[tuple[float, int]] = ()
    """Characters by the mock's plan, over the milliseconds of the chart."""
    hops: Sequence[Hop] = ()
    reads: list[tuple[int, int]] = field(default_factory=list)
    """Characters so far and the time of the read, of each text."""
    _rowing: Rowing | None = None

    def __post_init__(self) -> None:
        if not self.about:
            name, wished = named(self.contract), self.asked.wish.keys()
            self.about = f"{name} · {wished}" if wished else name

    @property
    def running(self) -> bool:
        return self.state in _RUNNING

    def began(self, at_ns: int) -> None:
        """From here on offsets are counted."""
        if self._rowing is None:
            self.began_ns = at_ns
            self._rowing = Rowing(self.contract, at_ns)

    def add(self, seen: Seen) -> None:
        """Draw one event."""
        self.began(seen.at_ns)
        assert self._rowing is not None  # noqa: S101  # `began` made it
        row = self._rowing.row(seen)
        self.rows.push([row])
        self.recording.add(seen, self.began_ns)
        self.run = self.run or seen.run
        if seen.text:
            self.text.push(seen.text)
            self.curve.add(row[1], len(self.text))
            if len(self.reads) < TEXTS_MAX:
                self.reads.append((len(self.text), seen.at_ns))
        if self.running:
            self.state = seen.end or ("answering" if len(self.text) else self.state)
        if seen.end == "failed":
            self.problem = problem_of(seen.code)

    def measure(self, latency: Latency) -> None:
        self.figures = [asdict(figure) for figure in figures_of(latency)]

    def restore(self, text: str, state: Outcome, problem: Problem | None) -> None:
        """Draw what was stored, where no events are to be had any more."""
        self.text.replace(text)
        self.state, self.problem = state, problem

    def fail(self, problem: Problem, state: str = "failed") -> None:
        self.problem, self.state = problem, state

    def conversation(self) -> Mapping[str, Json]:
        return {
            "turn": self.turn,
            "kept": self.kept,
            "how": record_of(self.asked),
            "dialect": self.contract.dialect,
            "about": self.about,
            "run": self.run,
            "conversation": self.conversation_id,
            "first": self.text.first,
            "text": self.text.text,
            "state": self.state,
            "problem": self.problem and asdict(self.problem),
        }

    def timeline(self) -> Mapping[str, Json]:
        return {
            "turn": self.turn,
            "state": self.state,
            "figures": self.figures,
            "hops": told(self.hops),
            "plan": [list(point) for point in self.plan] if self.ruling else [],
            "ruling": self.ruling and asdict(self.ruling),
            **self.rows.value(),
        }
