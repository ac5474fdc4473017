"""What all users of this process share: wording, journal, schedules and collector."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tokentape.contract.contract import Contract
from tokentape.contract.verdict import Expectation
from tokentape.load_options import USERS_MAX
from tokentape_load.judging.answer_result import AnswerResult, View, judge_answer
from tokentape_load.judging.mock_journal import Journal
from tokentape_load.judging.stall_attribution import Flow
from tokentape_load.metrics.collector import Collector
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.journeys import Journey
from tokentape_load.workload.load_shape import Schedule
from tokentape_load.workload.prompts import Question, Wording, question

DOUBTS_MAX = 5_000
"""Answers of which it is not yet known who was late; of more, the oldest are decided."""

DOUBT_NS = 30_000_000_000
"""What a doubt waits for the answers of its time, if the run is so long."""

Told = Callable[[AnswerResult], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What this process does of a run. `schedules` are there in an open loop, by contract."""

    config: RunConfig = field(default_factory=RunConfig)
    contracts: tuple[str, ...] = ()
    """All that take part: Locust's class picker may bring others than the config names."""
    mock_token: str | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    worker: int = 0
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        """How questions are question."""
        config = self.config
        return Wording(
            seed=config.seed,
            directive=config.directive,
            faults=config.faults,
            fault_every=max(1, config.fault_every),
        )

    @property
    def expectation(self) -> Expectation:
        """What each answer has to keep."""
        return Expectation(
            outcome="completed",
            max_first_token_ms=self.config.max_ttft_ms,
            max_gap_ms=self.config.max_gap_ms,
        )

    def token_for(self, contract: Contract) -> str:
        """Empty where there is none."""
        return self.token if self.config.tokens_everywhere or contract.needs_token else ""


@dataclass(slots=True)
class RunState:
    plan: RunPlan = field(default_factory=RunPlan)
    journal: Journal | None = None
    collector: Collector = field(default_factory=Collector)
    started_ns: int = 0
    ended_ns: int = 0
    running: int = 0
    """Answers that are on their way."""
    on_result: Told | None = None
    """Is told of each result, such as to write it down."""
    _users: dict[str, int] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)
    _flow: Flow = field(default_factory=Flow)
    _doubts: deque["_Doubt"] = field(default_factory=deque)

    def begin(self, plan: RunPlan) -> None:
        """Start a run anew."""
        self.plan = plan
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(mock, plan.mock_token) if (mock := plan.config.mock) else None
        self.collector = Collector()
        self.started_ns = self.ended_ns = time.monotonic_ns()
        self.collector.series.began_ns = self.started_ns
        self.running = 0
        self._users, self._taken = {}, {}
        self._flow, self._doubts = Flow(), deque()

    @property
    def seconds(self) -> float:
        """From the start to the latest answer."""
        return (self.ended_ns - self.started_ns) / 1e9

    @property
    def elapsed_s(self) -> float:
        """From the start until now."""
        return (time.monotonic_ns() - self.started_ns) / 1e9 if self.started_ns else 0.0

    def touch(self) -> None:
        """Something was added to the book just now."""
        self.ended_ns = time.monotonic_ns()

    def enter(self, contract: Contract) -> int:
        """A new user's number, which no other user of any process of the run has.

        Counted by contract, so that two processes with half the users each ask what one would ask.
        """
        self.collector.of(contract.key).users += 1
        here, keys = self._users.get(contract.key, 0), self.plan.contracts
        self._users[contract.key] = here + 1
        worker, workers = self.plan.worker, self.plan.config.generators
        there = here * workers + worker if worker < workers else here + worker * USERS_MAX
        return there * len(keys) + keys.index(contract.key)

    def next_start(self, contract: Contract) -> int | None:
        """When the contract's next start is due (monotonic ns); `None` after the last one.

        Each start is given to one user; who waits for an answer takes none.
        """
        number = self._taken.get(contract.key, 0)
        at_s = self.plan.schedules[contract.key].at_s(number)
        if at_s is None:
            return None
        self._taken[contract.key] = number + 1
        return self.started_ns + int(at_s * 1e9)

    def give_back(self, contract: Contract) -> None:
        """A start that was taken is not sent after all."""
        self._taken[contract.key] -= 1

    def count_unsent(self) -> None:
        """At the end: what the schedules had until now and nobody took."""
        now_s = (time.monotonic_ns() - self.started_ns) / 1e9
        for key, schedule in self.plan.schedules.items():
            due = schedule.due_until(now_s)
            self.collector.unsent += max(0, due - self._taken.get(key, 0))

    def question(self, user: int, turn: int) -> Question:
        return question(self.plan.wording, user=user, turn=turn)

    def begin_answer(self, contract: Contract, journey: Journey, seats: int = 1) -> None:
        """A question is being sent, whose answer so many will see."""
        for _ in range(seats):
            self.collector.begin(contract.key, journey.name, time.monotonic_ns())
        self.running += seats

    def unfinished(self, contract: Contract, journey: Journey, seats: int) -> None:
        """The run was over before the answer."""
        self.running -= seats
        self.collector.of(contract.key, journey.name).unfinished += seats
        self.collector.turns += 1

    def judge(
        self,
        contract: Contract,
        journey: Journey,
        question: Question,
        view: View,
        intended_ns: int | None = None,
    ) -> AnswerResult:
        """Look the script up, judge the answer by it and enter it in the book."""
        streamed = view.timeline is not None
        told = self.journal.report_on(question.tag) if self.journal and streamed else None
        result = judge_answer(
            contract,
            question,
            view,
            told,
            journey=journey,
            scripted=self.journal is not None,
            expectation=self.plan.expectation,
            intended_ns=intended_ns,
            order_only=self.plan.config.order_only,
        )
        self.running -= 1
        if self.plan.token:
            result = result.without(self.plan.token)
        return self.store(result, view.closed_ns)

    def store(self, result: AnswerResult, closed_ns: int | None = None) -> AnswerResult:
        """Enter a result in the book; returns what of it is certain now."""
        finished_ns = closed_ns if closed_ns is not None else time.monotonic_ns()
        self._flow.add(result)
        sure = result.held(()) if result.holds else result
        good = self.plan.config.limits.good(sure)
        self.collector.add(sure, good=good, finished_ns=finished_ns)
        if result.holds:
            # Many may wait: their times are in the book, and wait only for who writes them down.
            slim = result if self.on_result else result.without_times()
            self._doubts.append(_Doubt(slim, sure, good, finished_ns))
            if len(self._doubts) > DOUBTS_MAX:
                self._decide(self._doubts.popleft())
        elif self.on_result:
            self.on_result(result)
        self.touch()
        return sure

    def settle(self, until_ns: int | None = None) -> None:
        """Decide of the answers that were over by then, or of all, who was late."""
        while self._doubts and (until_ns is None or self._doubts[0].finished_ns <= until_ns):
            self._decide(self._doubts.popleft())

    def _decide(self, doubt: "_Doubt") -> None:
        found = doubt.result.held(self._flow.kept_back(doubt.result))
        if found.holds:
            self.collector.blame(doubt.sure, found, good=doubt.good, finished_ns=doubt.finished_ns)
        if self.on_result:
            self.on_result(found)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """An answer whose pieces came together: kept back, or was all of the server late?"""

    result: AnswerResult
    sure: AnswerResult
    """What is certain of it."""
    good: bool
    finished_ns: int


def schedules(
    contracts: Sequence[Contract], rate: float, whole: Schedule
) -> Mapping[str, Schedule]:
    """One schedule for each contract, of the same share of the rate; their starts take turns."""
    count = len(contracts)
    return {
        contract.key: Schedule(
            rate=rate / count,
            shape=whole.shape,
            share=whole.share,
            shares=whole.shares,
            phase=number / count,
        )
        for number, contract in enumerate(contracts)
    }
