"""The one Locust user: it asks by a contract, again and again, and every answer is judged."""

from collections.abc import Callable
from typing import Any, ClassVar

import gevent
from locust import User, task

from app.client.turn import Turn
from app.contract.contract import Contract
from loadtests.bench import SILENCE_S, Bench
from loadtests.finding import Finding
from loadtests.users.names import class_name
from loadtests.viewers.open import open_viewer

_PAUSE_AFTER_FAILURE_S = 0.5
"""So that a server which refuses is not hammered."""


class Wrong(Exception):
    """What Locust counts as a failure: the answer's first failure, by kind and place."""


class ContractUser(User):
    """Subclasses, made by `user_class`, name a contract."""

    abstract = True
    contract: ClassVar[Contract]
    bench: ClassVar[Bench]

    def on_start(self) -> None:
        self.number = self.bench.enter(self.contract)
        self.turns = 0
        self.viewer = open_viewer(self.host or "", self.contract, silence_s=SILENCE_S)

    def on_stop(self) -> None:
        self.viewer.close()

    @task
    def ask(self) -> None:
        asked = self.bench.question(self.number, self.turns)
        self.turns += 1
        try:
            view = self.viewer.ask(Turn(message=asked.message, user=f"load-{self.number}"))
            finding = self.bench.judge(self.contract, asked, view)
        except gevent.GreenletExit:
            self.bench.book.of(self.contract.key).unfinished += 1
            raise
        self._report(finding)
        if not finding.right:
            gevent.sleep(_PAUSE_AFTER_FAILURE_S)

    def _report(self, finding: Finding) -> None:
        """Tell Locust, whose own figures are rounded: ours are in the book."""
        failure = Wrong(str(finding.failures[0])) if finding.failures else None
        end_ns = finding.latency.end_ns
        self.environment.events.request.fire(
            request_type=self.contract.transport,
            name=self.contract.dialect,
            response_time=end_ns / 1e6 if end_ns is not None else None,
            response_length=finding.latency.texts,
            exception=failure,
            context={},
        )


def user_class(contract: Contract, bench: Bench) -> type[ContractUser]:
    """The Locust user class of a contract, named after it: `AiChatSse`."""
    make: Callable[..., Any] = type(ContractUser)  # Locust's own metaclass collects the tasks
    members = {"contract": contract, "bench": bench, "__module__": __name__}
    made: type[ContractUser] = make(class_name(contract), (ContractUser,), members)
    return made
