"""The one Locust user: it takes its contract's journeys, again and again; each answer is judged."""

import time
from collections.abc import Callable
from typing import Any, ClassVar

import gevent
from locust import User, tag
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.run.run_state import RunState
from tokentape_load.run.user_names import class_name
from tokentape_load.viewers.factory import open_viewer
from tokentape_load.viewers.room_viewer import RoomViewer
from tokentape_load.workload.journeys import CHAT, JOURNEYS, Journey

_PAUSE_AFTER_FAILURE_S = 0.5
"""So that a server which refuses is not hammered."""

_OVER_S = 0.1
_IDLE_S = 2.0
_SPREAD_S = 1.0
_GOLDEN = 0.6180339887
_MODEL = "gpt-4o"
"""Asked of OpenAI-compatible servers, which want one, unless another is said."""


class Wrong(Exception):
    """What Locust counts as a failure: the answer's first failure, by kind and place."""


class ContractUser(User):
    """Subclasses, made by `user_class`, name a contract."""

    abstract = True
    contract: ClassVar[Contract]
    run_state: ClassVar[RunState]

    def on_start(self) -> None:
        plan = self.run_state.plan
        self.number = self.run_state.enter(self.contract)
        self.turns = 0
        self.rooms: dict[int, RoomViewer] = {}
        self.viewer = open_viewer(
            self.host or "",
            self.contract,
            silence_s=plan.config.silence_s,
            token=plan.token_for(self.contract),
        )

        if not plan.schedules:
            # Locust starts users in a lump each second, and lumps would stay in step.
            gevent.sleep(self.number * _GOLDEN % 1.0 * _SPREAD_S)

    def stop(self, force: bool = False) -> bool:
        """Locust kills who waits for the next task, without looking whether they have begun it by
        then: an answer is not torn off like that, and nobody waits for long here."""
        if not force and self._state in (LOCUST_STATE_WAITING, LOCUST_STATE_STOPPING):
            self._state = LOCUST_STATE_STOPPING
            return False
        killed: bool = super().stop(force)
        return killed

    def on_stop(self) -> None:
        self.viewer.close()
        for room in self.rooms.values():
            room.close()

    def run_journey(self, journey: Journey) -> None:
        """One turn of a journey."""
        plan = self.run_state.plan
        if plan.config.turns is not None and self.turns >= plan.config.turns:
            gevent.sleep(_OVER_S)
            return
        intended_ns = self._wait_for_start() if plan.schedules else None
        if plan.schedules and intended_ns is None:
            gevent.sleep(_OVER_S)
            return
        # Who is idle shows nothing before the server has answered once.
        results = self._view(CHAT if journey.idles and not self.turns else journey, intended_ns)
        self.run_state.collector.turns += 1
        for result in results:
            self._report(result)
        if not all(result.right for result in results) and not plan.schedules:
            gevent.sleep(_PAUSE_AFTER_FAILURE_S)
        elif plan.config.pace_s:
            gevent.sleep(plan.config.pace_s)

    def _wait_for_start(self) -> int | None:
        """Until the schedule's next start is due; at once, and late, when it was due before."""
        due_ns = self.run_state.next_start(self.contract)
        if due_ns is None:
            return None
        try:
            gevent.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
        except gevent.GreenletExit:
            self.run_state.give_back(self.contract)
            raise
        return due_ns

    def _view(self, journey: Journey, intended_ns: int | None) -> list[AnswerResult]:
        """One result for each who looked on."""
        question = self.run_state.question(self.number, self.turns)
        turn, deed = self._turn(question.message), journey.deed(self.number, self.turns)
        self.turns += 1
        run, contract = self.run_state, self.contract
        waiting = journey.seats
        run.begin_answer(contract, journey, journey.seats)
        try:
            if journey.idles:
                views = [self._together(2).idle(_IDLE_S)]
            elif journey.seats > 1:
                views = self._together(journey.seats).view_answer(turn)
            else:
                views = [self.viewer.view_answer(turn, deed)]
            results = []
            for view in views:
                results.append(run.judge(contract, journey, question, view, intended_ns))
                waiting -= 1
            return results
        finally:
            if waiting:
                # Stopped in mid-answer, or a fault of our own: neither right nor wrong.
                run.unfinished(contract, journey, waiting)

    def _together(self, seats: int) -> RoomViewer:
        """This user's connections in a room of its own, which no other user is in."""
        plan = self.run_state.plan
        if seats not in self.rooms:
            self.rooms[seats] = RoomViewer(
                self.host or "",
                self.contract,
                name=f"load-{plan.wording.seed}-{self.number}-{seats}",
                seats=seats,
                silence_s=plan.config.silence_s,
                token=plan.token_for(self.contract),
            )
        return self.rooms[seats]

    def _turn(self, message: str) -> Turn:
        plan, token = self.run_state.plan, self.run_state.plan.token_for(self.contract)
        model = plan.config.model or (_MODEL if self.contract.dialect == "openai" else None)
        return Turn(
            message=message,
            user=(plan.config.sub if token else None) or f"load-{self.number}",
            token=token or None,
            model=model,
        )

    def _report(self, result: AnswerResult) -> None:
        """Tell Locust, whose own figures are rounded: ours are in the collector."""
        failure = Wrong(str(result.failures[0])) if result.failures else None
        end_ns = result.latency.end_ns
        self.environment.events.request.fire(
            request_type=self.contract.transport,
            name=f"{self.contract.dialect} {result.journey}",
            response_time=end_ns / 1e6 if end_ns is not None else None,
            response_length=result.latency.texts,
            exception=failure,
            context={},
        )


def user_class(contract: Contract, run_state: RunState) -> type[ContractUser]:
    """The Locust user class of a contract, named after it: `AiChatSse`."""
    make: Callable[..., Any] = type(ContractUser)  # Locust's own metaclass collects the tasks
    tasks = [_task(journey) for journey in JOURNEYS.values() if journey.suits(contract)]
    members = {"contract": contract, "run_state": run_state, "__module__": __name__, "tasks": tasks}
    made: type[ContractUser] = make(class_name(contract), (ContractUser,), members)
    return made


def mix(made: type[ContractUser], weights: dict[str, int]) -> None:
    """Let a user class take journeys so often; one that suits none of them chats."""
    known = {getattr(task, "__name__", ""): task for task in made.tasks}
    chosen = [task for name, task in known.items() for _ in range(weights.get(name, 0))]
    made.tasks = chosen or list(known.values())[:1]


def _task(journey: Journey) -> Callable[[ContractUser], None]:
    """A Locust task that takes this journey, with its tag."""

    def run_journey(user: ContractUser) -> None:
        user.run_journey(journey)

    run_journey.__name__ = journey.name
    run_journey.__doc__ = journey.words
    tagged: Callable[[ContractUser], None] = tag(journey.name)(run_journey)
    return tagged
