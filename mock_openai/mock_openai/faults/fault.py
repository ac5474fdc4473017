"""What every fault has: a name, a place, the violation it causes, and `strike`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self

from mock_openai.faults.outcomes import Outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Fault(ABC):
    """`violation` is what a checker of the stream must report; `effect` is one line of docs, and
    `official` what the official clients do with it."""

    name: ClassVar[str]
    effect: ClassVar[str]
    official: ClassVar[Outcomes]
    variants: ClassVar[Mapping[str, Outcomes]] = MappingProxyType({})
    """The same by the fault with a value, such as `stall:forever`, where that does otherwise."""
    elsewhere: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What a checker must report instead where the stream is another one than a chat's, by the name
    of its `Wire`: `responses`, whose events carry numbers and items' ids, or `messages`."""
    default: ClassVar[Place] = Place("random")
    value: ClassVar[str] = ""
    """What may stand after its `:`, as examples with `, ` or ` or ` between; empty: nothing."""

    place: Place

    @property
    @abstractmethod
    def violation(self) -> str:
        """One name of the closed set that the contract checks share."""

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        """From the YAML value or the text after the last `:` of a directive; None: nothing."""
        if value not in (None, "", True):
            raise ValueError(f"fault '{cls.name}' takes no value, but got {value!r}")
        return cls(place)

    @abstractmethod
    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        """The changed plan; None when the plan has no such place."""
