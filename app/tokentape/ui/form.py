"""A config's options as a form of the page: its markup, what was filled in, and its messages. Pure.

Nothing is attributes here of any single field: that stands with the field. See `tokentape.options`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from tokentape.contract.contract import Json
from tokentape.options.option import Declared, FormField, options_of, out_of_bounds
from tokentape.ui.server_functions import UnfitInput, text_in

TEXT_MAX = 100
"""Characters of a text whose field names no bound."""


def with_fields(markup: str, config: type) -> str:
    """The markup with the controls of each group at its place, `<!-- fields: GROUP -->`, and with
    the boxes to tick behind them, `<!-- ticks: GROUP -->`."""
    for group, inside in _groups(_shown(config)).items():
        boxes = [one for one in inside if one.kind in ("tick", "ticks")]
        others = [one for one in inside if one not in boxes]
        for place, part in (("fields", others), ("ticks", boxes)):
            mark = f"<!-- {place}: {group} -->"
            if part and mark not in markup:
                raise LookupError(f"{part[0].name}: the page has no place {mark}")
            markup = markup.replace(mark, "\n".join(map(_control, part)))
    return markup


def front_fields(config: type) -> list[Json]:
    """What the page's own script has to know of the controls, to read them and to write a command
    line."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "flag": one.flag,
            "usual": None if one.option.read or one.required else one.default,
            "repeats": one.repeats,
            "secret": one.option.secret,
        }
        for one in _shown(config)
    ]


def written_in(given: Mapping[str, Json], config: type) -> dict[str, Any]:
    """What was filled in, as a command line would have it; nothing of fields that were left empty.

    Raises `UnfitInput` with the field's label and its bounds.
    """
    written = {one.name: _written(given, one) for one in _shown(config)}
    return {name: value for name, value in written.items() if value is not None}


def with_labels(words: str, config: type) -> str:
    """A message of the command, in the names of the form's fields."""
    for one in options_of(config).values():
        if one.option.form is not None:
            words = re.sub(rf"{one.flag}(?![\w-])", one.label, words)
    return words


def _shown(config: type) -> list[Declared]:
    every = options_of(config).values()
    return [one for one in every if (form := one.option.form) and not form.hidden]


def _groups(shown: Iterable[Declared]) -> dict[str, list[Declared]]:
    groups: dict[str, list[Declared]] = {}
    for one in shown:
        groups.setdefault(_form(one).group, []).append(one)
    return groups


def _form(one: Declared) -> FormField:
    if one.option.form is None:
        raise LookupError(f"{one.name} is in no form")
    return one.option.form


def _bounds(one: Declared) -> tuple[float | None, float | None]:
    form = _form(one)
    least = one.option.least if form.least is None else form.least
    return least, one.option.most if form.most is None else form.most


def _written(given: Mapping[str, Json], one: Declared) -> Any:
    try:
        return _value(given, one)
    except UnfitInput as fault:
        raise UnfitInput(f"{one.label}{str(fault).removeprefix(one.name)}") from fault


def _value(given: Mapping[str, Json], one: Declared) -> Any:
    name, form = one.name, _form(one)
    match one.kind:
        case "tick":
            return given.get(name, one.default) is True
        case "ticks":
            return _chosen(given.get(name, []), name, tuple(form.choices))
        case "whole" | "number":
            return _number(given.get(name), one)
    text = text_in(given, name, int(form.most or TEXT_MAX), "")
    if one.kind == "lines":
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    text = text.strip() if form.strip else text
    if text and form.pattern and not re.fullmatch(form.pattern, text):
        raise UnfitInput(f"{name}: {form.example}")
    return ((text,) if one.repeats else text) if text else None


def _chosen(value: Json, name: str, known: tuple[str, ...]) -> str | None:
    """With commas between them, as a command line has them."""
    if not isinstance(value, list) or not all(each in known for each in value):
        raise UnfitInput(f"{name}: a list of {', '.join(known)} is needed.")
    return ",".join(dict.fromkeys(value)) or None


def _number(value: Json, one: Declared) -> float | None:
    if (value is None or value == "") and not _form(one).required:
        return None
    least, most = _bounds(one)
    fits = isinstance(value, int if one.kind == "whole" else int | float)
    number = value if fits and not isinstance(value, bool) else math.nan
    if need := out_of_bounds(one, number, least, most):
        raise UnfitInput(f"{one.name}: {need}.")
    return int(number) if one.kind == "whole" else float(number)


def _control(one: Declared) -> str:
    form = _form(one)
    if one.kind == "tick":
        ticked = " checked" if one.default is True else ""
        return _box(f'name="{one.name}"{ticked}', form.label, form.title)
    if one.kind == "ticks":
        return "".join(
            _box(f'name="{one.name}" value="{escape(choice)}"', choice, means)
            for choice, means in form.choices.items()
        )
    width = f" tt-{form.width}" if form.width else ""
    note = form.note or one.option.unit
    label = escape(f"{form.label}, {note}" if note else form.label)
    return f'<label class="tt-field{width}"><span>{label}</span>{_input(one)}</label>'


def _box(attributes: str, label: str, title: str) -> str:
    more = f' title="{escape(title)}"' if title else ""
    box = f'<input type="checkbox" {attributes} />'
    return f'<label class="tt-tick"{more}>{box} <span>{escape(label)}</span></label>'


def _input(one: Declared) -> str:
    form, kind = _form(one), one.kind
    attributes: dict[str, object] = {"class": "tt-input", "name": one.name}
    if kind in ("area", "lines"):
        attributes |= {"rows": 2, "placeholder": form.placeholder}
        if kind == "lines":
            attributes |= {"autocomplete": "off", "spellcheck": "false"}
        begins = escape(one.default) if isinstance(one.default, str) else ""
        return f"<textarea{_attributes(attributes)}>{begins}</textarea>"
    if kind in ("whole", "number"):
        least, most = _bounds(one)
        usual = form.usual if form.usual is not None else one.default
        attributes |= {"type": "number", "min": least, "max": most, "value": usual}
        if kind == "number":
            attributes["step"] = "any"
    else:
        attributes |= {"type": "password" if kind == "password" else "text", "maxlength": form.most}
        attributes |= {"autocomplete": "off", "spellcheck": "false"}
    attributes |= {"placeholder": form.placeholder, "title": form.title}
    return f"<input{_attributes(attributes)}{' required' if form.required else ''} />"


def _attributes(attributes: Mapping[str, object]) -> str:
    shown = {name: value for name, value in attributes.items() if value not in (None, "")}
    return "".join(f' {name}="{escape(_text(value))}"' for name, value in shown.items())


def _text(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
