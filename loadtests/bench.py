"""Bench: what all users of this process share: the wording, the journal and the book."""

import time
from dataclasses import dataclass, field

from app.contract.contract import Contract
from app.contract.verdict import Expectation
from loadtests.book import Book
from loadtests.finding import COMPLETED, Finding, View, find
from loadtests.journal import Journal
from loadtests.question import Question, Wording, question

SILENCE_S = 30.0
"""The longest silence before a stream counts as lost."""


@dataclass(slots=True)
class Bench:
    wording: Wording = field(default_factory=Wording)
    expectation: Expectation = COMPLETED
    journal: Journal | None = None
    worker: int = 0
    book: Book = field(default_factory=Book)
    started_ns: int = 0
    ended_ns: int = 0
    _users: int = 0

    def begin(
        self, wording: Wording, expectation: Expectation, mock_url: str | None, worker: int
    ) -> None:
        """Start a run anew."""
        self.wording = wording
        self.expectation = expectation
        self.worker = max(0, worker)
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(mock_url) if mock_url else None
        self.book = Book()
        self.started_ns = self.ended_ns = time.monotonic_ns()
        self._users = 0

    @property
    def seconds(self) -> float:
        """From the start to the latest answer."""
        return (self.ended_ns - self.started_ns) / 1e9

    def touch(self) -> None:
        """Something was added to the book just now."""
        self.ended_ns = time.monotonic_ns()

    def enter(self, contract: Contract) -> int:
        """A new user's number."""
        self.book.of(contract.key).users += 1
        self._users += 1
        return self._users

    def question(self, user: int, turn: int) -> Question:
        return question(self.wording, worker=self.worker, user=user, turn=turn)

    def judge(self, contract: Contract, asked: Question, view: View) -> Finding:
        """Look the script up, judge the answer by it and enter it in the book."""
        streamed = view.timeline is not None
        script = self.journal.script(asked.tag) if self.journal and streamed else None
        finding = find(
            contract,
            asked,
            view,
            script,
            scripted=self.journal is not None,
            expectation=self.expectation,
        )
        self.book.add(finding)
        self.touch()
        return finding
