"""YAML → scenarios. Every complaint names file, line, path and the nearest valid key."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NoReturn

from mock_openai.errors import ScenarioError, nearest
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import read_place
from mock_openai.faults.reading import read_fault_mapping, read_fault_text
from mock_openai.plan.durations import duration_ns
from mock_openai.plan.pacing import JITTER, Load, Pace
from mock_openai.request.overrides import read_profile
from mock_openai.request.request_digest import DIGEST_BYTES
from mock_openai.scenarios.conditions import When
from mock_openai.scenarios.patterns import Pattern, read_pattern
from mock_openai.scenarios.replay import Recording
from mock_openai.scenarios.scenario import FAILED, Scenario
from mock_openai.scenarios.scripted_usage import ScriptedUsage
from mock_openai.scenarios.steps import STEPS, Step
from mock_openai.scenarios.yaml_positions import Path, Positioned, dotted, read_marked
from mock_openai.text.tokenizer import KINDS, Chunking
from mock_openai.text.work_limit import bounded_work

MOST_TEMPLATES = 100_000  # characters of all templates of a scenario: seconds, for Jinja
MOST_NAMES = 100
_DIGEST = re.compile(rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}")
_NAME = re.compile(r"[\w.-]{1,100}")
_KEYS = (
    "name", "description", "when", "pace", "steps", "sequence", "faults", "finish_reason",
    "by_name_only", "hold_at", "profile", "recorded", "usage",
)  # fmt: skip
_FINISH = ("stop", "length", "tool_calls", "content_filter", FAILED)


def read_scenarios(text: str, file: str, name: str) -> list[Scenario]:
    """The scenarios of one file, a YAML document each; `name` is for one that has none."""
    documents = read_marked(text, file)
    if not documents:
        raise ScenarioError("the file holds no scenario", file, 1)
    return [_read(marked, file, name) for marked in documents]


def _read(marked: Positioned, file: str, name: str) -> Scenario:
    with bounded_work(MOST_TEMPLATES):
        return _ScenarioReader(marked, file).scenario(name)


class _ScenarioReader:
    """One document; knows where it is, so that each complaint can say it."""

    def __init__(self, marked: Positioned, file: str) -> None:
        self._marked = marked
        self._file = file

    def _refuse(self, path: Path, message: str) -> NoReturn:
        raise ScenarioError(message, self._file, self._marked.line(path), dotted(path))

    def _mapping(self, value: Any, path: Path, known: Collection[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._refuse(path, f"a mapping is needed here, not {_kind(value)}")
        for key in value:
            if key not in known:
                self._refuse((*path, key), f"unknown key '{key}'{nearest(key, known)}")
        return value

    def _list(self, value: Any, path: Path) -> list[Any]:
        if not isinstance(value, list):
            self._refuse(path, f"a list is needed here, not {_kind(value)}")
        return value

    def _read(self, path: Path, reader: Callable[[Any], Any], value: Any) -> Any:
        try:
            return reader(value)
        except ValueError as error:
            self._refuse(path, str(error))

    def scenario(self, default_name: str) -> Scenario:
        top = self._mapping(self._marked.value, (), _KEYS)
        name = self._read(("name",), _text, top.get("name", default_name))
        if not _NAME.fullmatch(name):
            self._refuse(("name",), f"{name!r}: a name has letters, digits, '.', '_' and '-'")
        if ("steps" in top) == ("sequence" in top):
            self._refuse((), "a scenario has either 'steps' or 'sequence'")
        finish = self._read(("finish_reason",), _text, top.get("finish_reason", "stop"))
        description = self._read(("description",), _text, top.get("description", ""))
        by_name_only = self._read(("by_name_only",), _truth, top.get("by_name_only", False))
        if finish not in _FINISH:
            hint = nearest(finish, _FINISH)
            self._refuse(("finish_reason",), f"unknown finish_reason '{finish}'{hint}")
        sequence = self._list(top.get("sequence", []), ("sequence",))
        return Scenario(
            name=name,
            description=" ".join(description.split()),
            source=self._file,
            when=self._when(top.get("when", {}), by_name_only),
            pace=self._pace(top.get("pace", {})),
            steps=self._steps(top.get("steps", []), ("steps",)),
            sequence=tuple(self._steps(turn, ("sequence", i)) for i, turn in enumerate(sequence)),
            faults=self._faults(top.get("faults", [])),
            finish=finish,
            hold=self._read(("hold_at",), _hold, top.get("hold_at")),
            profile=self._read(("profile",), _profile, top.get("profile")),
            usage=self._read(("usage",), ScriptedUsage.read, top.get("usage", {})),
            recorded=self._read(("recorded",), Recording.read, top["recorded"])
            if "recorded" in top
            else None,
            text=self._marked.text,
        )

    def _when(self, value: Any, by_name_only: bool) -> When:
        given = self._mapping(value, ("when",), _WHEN)
        when = When(never=by_name_only)
        for key, content in given.items():
            path = ("when", key)
            if key == "headers":
                pairs = self._mapping(content, path, content if isinstance(content, dict) else ())
                read = [
                    (header.lower(), self._read((*path, header), _pattern, text))
                    for header, text in pairs.items()
                ]
                when = replace(when, headers=tuple(read))
            else:
                when = replace(when, **{key: self._read(path, _WHEN[key], content)})
        if when.request_digest is None and when.redacted:
            self._refuse(("when", "redacted"), "it goes with request_digest")
        if when.request_digest is not None and (when.first, when.every) != (None, None):
            name = "every" if when.first is None else "first"
            self._refuse(("when", name), "with request_digest, requests are counted by nth alone")
        return when

    def _pace(self, value: Any) -> Pace:
        given = self._mapping(value, ("pace",), _PACE)
        pace = Pace()
        for key, content in given.items():
            pace = replace(pace, **self._read(("pace", key), _PACE[key], content))
        return pace

    def _steps(self, value: Any, path: Path) -> tuple[Step, ...]:
        return tuple(self._step(step, (*path, i)) for i, step in enumerate(self._list(value, path)))

    def _step(self, value: Any, path: Path) -> Step:
        given = self._mapping(value, path, STEPS)
        if len(given) != 1:
            self._refuse(path, f"a step is one of {', '.join(STEPS)}")
        [(key, content)] = given.items()
        step: Step = self._read((*path, key), STEPS[key].read, content)
        return step

    def _faults(self, value: Any) -> tuple[Fault, ...]:
        faults: list[Fault] = []
        for i, given in enumerate(self._list(value, ("faults",))):
            if isinstance(given, str):
                faults.append(self._read(("faults", i), read_fault_text, given))
                continue
            if not isinstance(given, dict):
                self._refuse(("faults", i), f"a mapping is needed here, not {_kind(given)}")
            faults.append(self._read(("faults", i), read_fault_mapping, given))
        return tuple(faults)


def _kind(value: Any) -> str:
    names = {
        dict: "a mapping", list: "a list", str: "a text", bool: "a truth value", date: "a date",
        datetime: "a date",
    }  # fmt: skip
    return names.get(type(value), "nothing" if value is None else "a number")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        hint = "" if isinstance(value, dict | list) else ": put it in quotes"
        raise ValueError(f"a text is needed here, not {_kind(value)}{hint}")
    return value


def _pattern(value: Any) -> Pattern:
    return read_pattern(_text(value))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed here, not {_kind(value)}")
    return value


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise ValueError(f"a number from {low:g} to {high:g} is needed here, not {value!r}")
        return float(value)

    return read


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10**6:
        raise ValueError(f"a whole number from 1 is needed here, not {value!r}")
    return value


def _rounds(value: Any) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else _whole(value)


def _first(value: Any) -> int:
    if isinstance(value, str):
        raise ValueError(f"true or a whole number from 1 is needed here, not {value!r}")
    return 1 if value is True else _whole(value)


def _digest(value: Any) -> str:
    text = _text(value)
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"{text[:100]!r}: a digest has {2 * DIGEST_BYTES} of the digits 0-9, a-f")
    return text


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_NAMES:
        raise ValueError(f"a list of names is needed here, 1 to {MOST_NAMES}")
    return tuple(_text(name) for name in value)


def _hold(value: Any) -> int | None:
    if value is None:
        return None
    place = read_place(value)
    if place.kind not in ("chunk", "first"):
        raise ValueError(f"hold_at takes 'chunk N', not '{place}'")
    return place.n


def _profile(value: Any) -> str | None:
    return None if value is None else read_profile(_text(value))


def _jitter(value: Any) -> dict[str, Any]:
    if value not in JITTER:
        raise ValueError(f"unknown jitter '{value}'{nearest(str(value), JITTER)}")
    return {"jitter": value}


def _cut(value: Any) -> dict[str, Any]:
    if value == "frame-per-write":
        return {"frame_per_write": True}
    if isinstance(value, dict) and set(value) == {"chars"}:
        chars = value["chars"]
        if isinstance(chars, bool) or not isinstance(chars, int) or not 1 <= chars <= 10**6:
            raise ValueError(f"chars is a whole number from 1, not {chars!r}")
        return {"cut": Chunking(chars=chars)}
    if value not in KINDS:
        known = (*KINDS, "frame-per-write", "{chars: N}")
        raise ValueError(f"unknown chunk {value!r}{nearest(str(value), known)}")
    return {"cut": Chunking(str(value))}


def _load(value: Any) -> dict[str, Any]:
    known: dict[str, Callable[[Any], Any]] = {
        "knee": _whole, "first": _number(0, 1e6), "between": _number(0, 1e6)
    }  # fmt: skip
    if not isinstance(value, dict) or "knee" not in value:
        raise ValueError("load takes {knee: STREAMS, first: FACTOR, between: FACTOR}")
    for key in value:
        if key not in known:
            raise ValueError(f"unknown key '{key}'{nearest(str(key), known)}")
    return {"load": Load(**{key: known[key](given) for key, given in value.items()})}


_WHEN: dict[str, Callable[[Any], Any]] = {
    "model": _text,
    "last_user": _pattern,
    "system": _pattern,
    "turn": _whole,
    "tool": _text,
    "has_tool_result": _truth,
    "tool_result": _pattern,
    "tool_rounds": _rounds,
    "headers": _text,
    "conversation": _pattern,
    "first": _first,
    "nth": _whole,
    "every": _whole,
    "request_digest": _digest,
    "redacted": _names,
}
_PACE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "first_token_ms": lambda value: {"first_ns": duration_ns(value)},
    "between_tokens_ms": lambda value: {"between_ns": duration_ns(value)},
    "per_prompt_token_ms": lambda value: {"per_prompt_token_ns": duration_ns(value)},
    "tokens_per_second": lambda value: {"between_ns": round(1e9 / _number(0.001, 1e9)(value))},
    "jitter": _jitter,
    "cv": lambda value: {"cv": _number(0, 10)(value)},
    "speed": lambda value: {"speed": _number(0.001, 1e6)(value)},
    "chunk": _cut,
    "frame_per_write": lambda value: {"frame_per_write": _truth(value)},
    "load": _load,
}
