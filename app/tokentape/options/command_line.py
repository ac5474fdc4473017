"""A config's options on a command line: parameters for Typer, arguments for argparse, and back."""

import argparse
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from functools import wraps
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any

import typer

from tokentape.options.option import Declared, options_of

Command = Callable[[Mapping[str, Any]], None]


def typer_command(declared: Iterable[Declared], command: Command) -> Callable[..., None]:
    """The command as Typer takes it: a parameter for each option. It is called with what was
    written, by the fields' names; what was not written is `None`."""

    @wraps(command)
    def called(**written: Any) -> None:
        command(written)

    parameters = [_parameter(each) for each in declared]
    vars(called)["__signature__"] = inspect.Signature(parameters)
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    del vars(called)["__wrapped__"]  # there inspect would look first
    return called


def _parameter(each: Declared) -> inspect.Parameter:
    kind: Any = GenericAlias(list, (each.plain,)) if each.repeats else each.plain
    written = None if each.repeats or each.option.read else each.default
    empty = inspect.Parameter.empty
    said = each.option
    more: dict[str, Any] = {"dir_okay": False} if each.plain is Path else {}
    if said.least is not None:
        more["min"] = said.least
    if said.most is not None:
        more["max"] = said.most
    if said.argument:
        info = typer.Argument(help=said.help)
    else:
        info = typer.Option(
            each.flag,
            help=said.help,
            metavar=said.metavar or None,
            envvar=said.variable or None,
            **more,
        )
    return inspect.Parameter(
        each.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=empty if each.default is MISSING else written,
        annotation=Annotated[kind if each.default is MISSING else _or_none(kind, written), info],
    )


def _or_none(kind: Any, default: object) -> Any:
    return kind | None if default is None else kind


def add_arguments(parser: argparse.ArgumentParser, config: type) -> None:
    """An argument for each option, in the groups of its help."""
    groups: dict[str, Any] = {}
    for each in options_of(config).values():
        said = each.option
        if said.group not in groups:
            groups[said.group] = parser.add_argument_group(said.group)
        flags = [said.short, each.flag] if said.short else [each.flag]
        groups[said.group].add_argument(*flags, dest=each.name, help=said.help, **_settings(each))


def _settings(each: Declared) -> dict[str, Any]:
    if each.switch:
        return {"action": "store_false" if each.default else "store_true", "default": None}
    said = each.option
    more: dict[str, Any] = {"default": None}
    if each.plain is not str:
        more["type"] = each.plain
    if said.choices:
        more["choices"] = said.choices
    else:
        more["metavar"] = said.metavar or each.flag.strip("-").replace("-", "_").upper()
    if said.words:
        more["nargs"] = "+"
    elif each.repeats:
        more["action"] = "append"
    return more


def written_for(declared: Declared, value: Any) -> list[str]:
    """The option as a command line has it: nothing of a default, nor of a secret, since command
    lines are public."""
    if declared.option.secret or value is None or value == declared.default:
        return []
    if declared.switch:
        return [declared.flag]
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and not declared.repeats:
        values = (",".join(map(str, value)),)
    return [f"{declared.flag}={_text(one)}" for one in values]


def _text(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
