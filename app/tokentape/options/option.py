"""An option: what a command line, a form and a table of the docs say of one field of a config.

A config is a dataclass. A field with `metadata=option(…)` is an option: help, bounds and unit stand
there and nowhere else. Pure, and imports nothing heavy: `--help` answers at once.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from types import UnionType
from typing import Any, Literal, get_args, get_origin

_KEY = "tokentape.option"

Kind = Literal["text", "password", "area", "lines", "whole", "number", "tick", "ticks"]
"""Controls of a form: `lines` is one value a line, `tick` a box, `ticks` a box for each choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """How a field stands in a form. Bounds are narrower than the command's where they are given."""

    label: str
    group: str = "first"
    """Under which heading of the form."""
    kind: Kind | None = None
    """`None`: what the field's type says."""
    note: str = ""
    """Behind the label; by default the unit."""
    name: str = ""
    """What messages call it; by default the label."""
    least: float | None = None
    most: float | None = None
    """The bounds of a number, or the most characters of a text."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What can be ticked, and what it means."""
    usual: object = None
    """What the form begins with; by default nothing, or the field's default."""
    placeholder: str = ""
    title: str = ""
    width: Literal["", "half", "wide"] = ""
    strip: bool = True
    """Whether white space around a text is left out."""
    pattern: str = ""
    """A regular expression for the whole of a text."""
    example: str = ""
    """What to write instead of a text that the pattern refuses."""
    required: bool = False
    hidden: bool = False
    """The markup has it already: it wants more than a control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """`help` is one sentence; `least` and `most` are bounds of numbers."""

    help: str
    flag: str = ""
    """By default the field's name."""
    short: str = ""
    """A second flag, of one letter."""
    group: str = ""
    unit: str = ""
    metavar: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    """A lower bound that itself is too little."""
    choices: tuple[str, ...] = ()
    variable: str = ""
    """The environment variable that stands in for it."""
    read: Callable[[Any], Any] | None = None
    """Makes the value of what was written: a text, or a tuple of texts where it may be repeated."""
    repeated: bool = False
    """It may be given several times; without a `read` a field of type `tuple` always may."""
    words: bool = False
    """Several values stand behind the flag, which is not repeated."""
    default: str = ""
    """The default as it is written, where `read` makes another thing of it."""
    argument: bool = False
    """It has no flag: it stands by itself."""
    secret: bool = False
    """It goes on no command line that we write."""
    command: bool = True
    """Whether the command has it; else it is the form's alone."""
    recordings: bool = False
    """It says something of a recording too, of a check that asks no server."""
    form: FormField | None = None


class OptionFault(Exception):
    """Which option is wrong, and how."""


def option(**described: Any) -> Mapping[str, Option]:
    """The metadata of a field that is an option; takes what `Option` takes."""
    return {_KEY: Option(**described)}


@dataclass(frozen=True, slots=True)
class Declared:
    """One option of a config: the field's name, type and default, and what is said of it."""

    name: str
    type: Any
    default: Any
    """`MISSING` where there is none."""
    option: Option

    @property
    def flag(self) -> str:
        """As it is typed: `--max-gap-ms`."""
        return self.option.flag or f"--{self.name.replace('_', '-')}"

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is MISSING

    @property
    def plain(self) -> type:
        """The type of one value: of `tuple[int, ...]` and `int | None` it is `int`."""
        kinds = [one for one in _parts(self.type) if one not in (type(None), Ellipsis)]
        return str if self.option.read else kinds[0]

    @property
    def repeats(self) -> bool:
        """Whether there may be several values."""
        return self.option.repeated or (get_origin(self.type) is tuple and self.option.read is None)

    @property
    def switch(self) -> bool:
        """Whether the flag alone says it."""
        return self.type is bool

    @property
    def kind(self) -> Kind:
        """The control for it in a form."""
        known: Mapping[Any, Kind] = {bool: "tick", int: "whole", float: "number"}
        form = self.option.form
        return (form and form.kind) or known.get(self.plain, "text")

    @property
    def label(self) -> str:
        """What a form's messages call it."""
        form = self.option.form
        return (form.name or form.label) if form else self.flag


def options_of(config: type) -> Mapping[str, Declared]:
    """The options of a config by the fields' names, in their order."""
    found = (_declared(each) for each in fields(config))
    return {each.name: each for each in found if each is not None}


def read_options(config: type, written: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all options that have one, from those that were written; `None` was not.

    Raises `OptionFault` for a value that is out of bounds or that its `read` refuses with a
    `ValueError`, and `TypeError` for what is no option.
    """
    known = options_of(config)
    if unknown := [name for name in written if name not in known]:
        raise TypeError(f"{config.__name__} has no option {unknown[0]}")
    return dict(_values(known.values(), written))


def _values(known: Any, written: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in known:
        value = written.get(each.name)
        if value is not None:
            value = tuple(value) if each.repeats and not isinstance(value, str) else value
            yield each.name, _read(each, value)
        elif not each.required:
            yield each.name, each.default


def _read(each: Declared, value: Any) -> Any:
    said = each.option
    try:
        read = value if said.read is None else said.read(value)
    except ValueError as error:
        raise OptionFault(f"{each.flag}{':' if said.secret else ''} {error}") from error
    for one in read if isinstance(read, tuple) else (read,):
        if isinstance(one, int | float) and (need := out_of_bounds(each, one)):
            raise OptionFault(f"{each.flag} {one:g}: {need}")
    return read


def out_of_bounds(
    each: Declared, value: float, least: float | None = None, most: float | None = None
) -> str | None:
    """What is needed instead of a number; `None` where it fits the option's bounds, or these."""
    said = each.option
    least, most = said.least if least is None else least, said.most if most is None else most
    low, high = -math.inf if least is None else least, math.inf if most is None else most
    if low <= value <= high and (said.above is None or value > said.above):
        return None
    up = f" and up to {high:,.15g}" if said.above is not None else f" to {high:,.15g}"
    kind = "a whole number" if each.plain is int else "a number"
    words = f"above {said.above:g}" if said.above is not None else f"from {low:,.15g}"
    return f"{kind} {words}{up} is needed"


def _declared(each: "Field[Any]") -> Declared | None:
    said = each.metadata.get(_KEY)
    if said is None:
        return None
    default = each.default if each.default_factory is MISSING else each.default_factory()
    return Declared(each.name, each.type, default, said)


def _parts(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, UnionType) or get_origin(kind) in (tuple, Literal):
        parts = get_args(kind)
        return (str,) if get_origin(kind) is Literal else parts
    return (kind,)
