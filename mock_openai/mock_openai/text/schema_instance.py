"""An instance of a JSON schema, from seeded choices: what structured output says. Pure.

https://json-schema.org/draft/2020-12, of it what OpenAI's structured outputs take, and the
bounds (minLength, maximum, format, pattern, …) besides.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mock_openai.text.random_source import RandomSource, between, hexes, pick
from mock_openai.text.regex_string import patterned
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work, spend

DEEP = 5  # from here on only what must be there: recursive schemas come to an end
DEEPEST = 60
_A_VALUE = 5  # steps of work, beside what is in its schema
MOST_VALUES = 10_000
MOST_MERGED = 100
LONGEST_TEXT = 100_000
LARGEST = 2**53  # what every reader of JSON takes as a whole number
_INDEX = re.compile(r"[0-9]{1,9}")
_TRIES = 20  # for a value that must differ from those before it

_WORDS = (
    "harbour", "library", "morning", "garden", "river", "lamp", "bread", "window", "map", "rain",
    "bridge", "market", "clock", "letter", "coast", "door", "rhythm", "street", "winter", "plan",
)  # fmt: skip
_HEX = "0123456789abcdef"


class SchemaError(ValueError):
    """The schema has no instance that can be made here."""


def instance(schema: Any, chance: RandomSource) -> Any:
    """A value that is valid for `schema`; raises SchemaError."""
    try:
        with bounded_work():
            return _InstanceBuilder(schema, chance).value(schema, 0)
    except TooMuchWorkError as error:
        raise SchemaError(str(error)) from error


class _InstanceBuilder:
    """One instance; counts values, so that no schema can ask for too many."""

    def __init__(self, root: Any, chance: RandomSource) -> None:
        self._root = root
        self._chance = chance
        self._made = 0
        self._length = 0

    def value(self, schema: Any, depth: int) -> Any:
        self._made += 1
        if self._made > MOST_VALUES:
            raise SchemaError(f"its instances have more than {MOST_VALUES} values")
        if depth > DEEPEST:
            raise SchemaError("it refers to itself without an end")
        if schema is True:
            schema = {}
        if not isinstance(schema, Mapping):
            raise SchemaError(f"{_shown(schema)} is not a schema")
        spend(_A_VALUE + len(schema))
        if "const" in schema:
            return _weighed(schema["const"])
        if "enum" in schema:
            options = schema["enum"]
            if not isinstance(options, list) or not options:
                raise SchemaError("'enum' must be an array with something in it")
            return _weighed(pick(self._chance, options))
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            target = self._target(schema["$ref"])
            return self.value(_merged([target, rest]) if rest else target, depth + 1)
        if "allOf" in schema:
            return self.value(self._all_of(schema), depth + 1)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._either(schema, key, depth)
        return self._typed(schema, depth)

    def _target(self, ref: Any) -> Any:
        if not isinstance(ref, str) or not ref.startswith("#"):
            raise SchemaError(f"the reference {_shown(ref)} is not within the schema")
        target = self._root
        spend(len(ref))
        for step in ref[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and _INDEX.fullmatch(step) and int(step) < len(target):
                target = target[int(step)]
            elif isinstance(target, Mapping) and step in target:
                target = target[step]
            else:
                raise SchemaError(f"the reference '{ref}' leads nowhere")
        return target

    def _all_of(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        parts = schema["allOf"]
        if not isinstance(parts, list):
            raise SchemaError("'allOf' must be an array")
        if len(parts) > MOST_MERGED:
            raise SchemaError("'allOf' leads into itself")
        resolved: list[Any] = [{k: v for k, v in schema.items() if k != "allOf"}]
        for part in parts:
            for _ in range(DEEPEST):
                if not (isinstance(part, Mapping) and set(part) == {"$ref"}):
                    break
                part = self._target(part["$ref"])
            resolved.append(part)
        return _merged(resolved)

    def _either(self, schema: Mapping[str, Any], key: str, depth: int) -> Any:
        options = schema[key]
        if not isinstance(options, list) or not options:
            raise SchemaError(f"'{key}' must be an array with something in it")
        rest = {k: v for k, v in schema.items() if k != key}
        if depth >= DEEP:
            spend(len(options))
            shallow = [one for one in options if _ends(one)]
            options = shallow[:1] or options
        chosen = pick(self._chance, options)
        bare = not any(k in rest for k in ("properties", "type", "required", "allOf", "anyOf"))
        return self.value(chosen if bare else _merged([rest, chosen]), depth + 1)

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kinds = schema.get("type", _implied(schema))
        if isinstance(kinds, list):
            if not kinds:
                raise SchemaError("'type' is an empty array")
            kinds = "null" if depth >= DEEP and "null" in kinds else pick(self._chance, kinds)
        if kinds == "object":
            return self._object(schema, depth)
        if kinds == "array":
            return self._array(schema, depth)
        return self._scalar(schema, kinds)

    def _scalar(self, schema: Mapping[str, Any], kinds: Any) -> Any:
        make = _SCALARS.get(kinds) if isinstance(kinds, str) else None
        if make is None:
            raise SchemaError(f"{_shown(kinds)} is not a type")
        made = make(schema, self._chance)
        if isinstance(made, str):
            self._length += len(made)
            if self._length > LONGEST_TEXT:
                raise SchemaError(f"its instances have more than {LONGEST_TEXT} characters")
        return made

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
        if not isinstance(properties, Mapping) or not isinstance(required, list):
            raise SchemaError("'properties' must be an object and 'required' an array")
        if not all(isinstance(name, str) for name in required):
            raise SchemaError("'required' must be an array of names")
        spend(len(properties) + len(required))
        needed = frozenset(required)
        made: dict[str, Any] = {}
        for name, inner in properties.items():
            if name in needed or (depth < DEEP and self._chance.random() < 0.7):
                made[name] = self.value(inner, depth + 1)
        others = schema.get("additionalProperties", True)
        for name in required:
            if name not in made:
                made[name] = self.value({} if others is False else others, depth + 1)
        least = _whole(schema, "minProperties", 0)
        for number in range(least - len(made)):
            made[f"key_{number + 1}"] = self.value({} if others is False else others, depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = _whole(schema, "minItems", 0)
        most = _whole(schema, "maxItems", max(least, 1 if depth >= DEEP else least + 3))
        if least > MOST_VALUES or most < least:
            raise SchemaError(f"no array has from {least} to {most} items here")
        count = least if depth >= DEEP else between(self._chance, max(least, 1), min(most, 1_000))
        count = max(least, min(count, most, least + 3))
        prefix = schema.get("prefixItems") or []
        if not isinstance(prefix, list):
            raise SchemaError("'prefixItems' must be an array")
        inner = schema.get("items", {})
        if inner is False:
            count = min(count, len(prefix))
        made: list[Any] = []
        used: set[bytes] = set()
        unique = schema.get("uniqueItems") is True
        for number in range(count):
            one = prefix[number] if number < len(prefix) else inner
            for _ in range(_TRIES):
                value = self.value(one, depth + 1)
                text = _dumped(value) if unique else b""
                if not unique or text not in used:
                    used.add(text)
                    made.append(value)
                    break
        if len(made) < least:
            raise SchemaError("it has too few different values for 'uniqueItems'")
        return made


def _weighed(value: Any) -> Any:
    """The value, which is as it is in the schema, and may be in an instance many times."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            spend(len(one) // 8)
        elif isinstance(one, list | Mapping):
            spend(len(one))
            waiting += one.values() if isinstance(one, Mapping) else one
    return value


def _dumped(value: Any) -> bytes:
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise SchemaError("its instances are nested too deeply") from error
    spend(len(text) // 8)
    return text


def _shown(value: Any) -> str:
    return repr(value)[:100]


def _ends(schema: Any) -> bool:
    """Whether a schema is sure not to lead into itself."""
    if not isinstance(schema, Mapping):
        return False
    return "enum" in schema or "const" in schema or schema.get("type") in (*_SCALARS, "array")


def _implied(schema: Mapping[str, Any]) -> str:
    for kind, keys in _IMPLIED.items():
        if any(key in schema for key in keys):
            return kind
    return "string"


_IMPLIED = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_TIGHTER: dict[str, Callable[[Any, Any], Any]] = {
    "minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max,
    "maximum": min, "exclusiveMaximum": min, "maxLength": min, "maxItems": min,
}  # fmt: skip


def _merged(parts: list[Any]) -> Mapping[str, Any]:
    """One schema that holds all of `parts`, as far as they can be laid over each other."""
    whole: dict[str, Any] = {}
    for part in parts:
        if part is True:
            continue
        if not isinstance(part, Mapping):
            raise SchemaError(f"{_shown(part)} is not a schema")
        spend(len(part))
        for key, value in part.items():
            before = whole.get(key)
            if key == "properties" and isinstance(before, Mapping) and isinstance(value, Mapping):
                spend(len(before) + len(value))
                value = {
                    name: _merged([before[name], inner]) if name in before else inner
                    for name, inner in {**before, **value}.items()
                }
            elif key == "required" and isinstance(before, list) and isinstance(value, list):
                spend(len(before) * len(value))
                value = [*before, *(name for name in value if name not in before)]
            elif key == "enum" and isinstance(before, list) and isinstance(value, list):
                spend(len(before) * len(value))
                value = [one for one in before if one in value]
            elif key == "type" and before is not None:
                value = _both(before, value)
            elif key == "allOf" and isinstance(before, list) and isinstance(value, list):
                spend(len(before) + len(value))
                value = [*before, *value]
            elif key in _TIGHTER and isinstance(before, int | float):
                value = _TIGHTER[key](before, value) if isinstance(value, int | float) else before
            whole[key] = value
    return whole


def _both(one: Any, other: Any) -> Any:
    left = one if isinstance(one, list) else [one]
    right = other if isinstance(other, list) else [other]
    spend(len(left) * len(right))
    if "number" in left and "integer" in right:
        return "integer"
    return [kind for kind in left if kind in right] or one


def _whole(schema: Mapping[str, Any], key: str, default: int) -> int:
    value = schema.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise SchemaError(f"'{key}' must be a whole number from 0")
    return int(min(value, 2**31))


def _bound(schema: Mapping[str, Any], key: str) -> float | None:
    value = schema.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SchemaError(f"'{key}' must be a number")
    return value


def _range(schema: Mapping[str, Any], step: float) -> tuple[float, float]:
    """The least and the greatest value, both included."""
    low, high = _bound(schema, "minimum"), _bound(schema, "maximum")
    over, under = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    if over is not None:
        low = max(over + step, low if low is not None else over + step)
    if under is not None:
        high = min(under - step, high if high is not None else under - step)
    if low is None:
        low = min(0, high - 100) if high is not None else 0
    if high is None:
        high = low + 100
    low, high = max(low, -LARGEST), min(high, LARGEST)
    if not low <= high:
        raise SchemaError("no number is within its bounds")
    return low, high


def _number(schema: Mapping[str, Any], chance: RandomSource) -> int | float:
    multiple = _bound(schema, "multipleOf")
    if multiple is not None:
        if multiple <= 0:
            raise SchemaError("'multipleOf' must be above 0")
        return _multiple(schema, multiple, chance)
    low, high = _range(schema, 0.0)
    exact = low + (0.01 + 0.98 * chance.random()) * (high - low)
    value = round(exact, 2)
    return value if low < value < high else exact


def _multiple(schema: Mapping[str, Any], multiple: float, chance: RandomSource) -> int | float:
    low, high = _range(schema, multiple if isinstance(multiple, int) else 0.0)
    try:
        first, last = math.ceil(low / multiple), math.floor(high / multiple)
    except OverflowError as error:
        raise SchemaError(f"'multipleOf' is too small a number: {multiple}") from error
    if first > last:
        raise SchemaError("no multiple is within its bounds")
    return between(chance, first, min(last, first + 100)) * multiple


def _integer(schema: Mapping[str, Any], chance: RandomSource) -> int:
    multiple = _bound(schema, "multipleOf")
    if multiple is not None and multiple > 0 and float(multiple).is_integer():
        return int(_multiple(schema, int(multiple), chance))
    low, high = _range(schema, 1)
    if math.ceil(low) > math.floor(high):
        raise SchemaError("no whole number is within its bounds")
    return between(chance, math.ceil(low), min(math.floor(high), math.ceil(low) + 10**9))


def _string(schema: Mapping[str, Any], chance: RandomSource) -> str:
    if "pattern" in schema:
        text = patterned(str(schema["pattern"]), chance)
        if text is None:
            raise SchemaError(f"no text was found for the pattern {schema['pattern']!r}")
        return text
    made = _FORMATS.get(str(schema.get("format", "")))
    if made is not None:
        return made(chance)
    least = _whole(schema, "minLength", 0)
    most = _whole(schema, "maxLength", LONGEST_TEXT)
    if least > most or least > LONGEST_TEXT:
        raise SchemaError(f"no text has from {least} to {most} characters here")
    text = " ".join(pick(chance, _WORDS) for _ in range(between(chance, 1, 3)))
    while len(text) < least:
        text += " " + pick(chance, _WORDS)
    return text[: max(least, most)] if len(text) > most else text


def _boolean(schema: Mapping[str, Any], chance: RandomSource) -> bool:
    return chance.random() < 0.5


def _null(schema: Mapping[str, Any], chance: RandomSource) -> None:
    return None


_SCALARS: dict[str, Callable[[Mapping[str, Any], RandomSource], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
}


def _date(chance: RandomSource) -> str:
    return f"20{between(chance, 10, 39)}-{between(chance, 1, 12):02}-{between(chance, 1, 28):02}"


def _time(chance: RandomSource) -> str:
    hour, minute, second = between(chance, 0, 23), between(chance, 0, 59), between(chance, 0, 59)
    return f"{hour:02}:{minute:02}:{second:02}Z"


def _uuid(chance: RandomSource) -> str:
    text = hexes(chance, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _host(chance: RandomSource) -> str:
    return f"{pick(chance, _WORDS)}.example.com"


_FORMATS: dict[str, Callable[[RandomSource], str]] = {
    "date-time": lambda chance: f"{_date(chance)}T{_time(chance)}",
    "date": _date,
    "time": _time,
    "duration": lambda chance: f"PT{between(chance, 1, 59)}M",
    "email": lambda chance: f"{pick(chance, _WORDS)}@example.com",
    "hostname": _host,
    "ipv4": lambda chance: f"192.0.2.{between(chance, 1, 254)}",
    "ipv6": lambda chance: f"2001:db8::{between(chance, 1, 9999)}",
    "uuid": _uuid,
    "uri": lambda chance: f"https://{_host(chance)}/{pick(chance, _WORDS)}",
}
