"""A config's options as a table of the docs, in Markdown. Pure."""

from collections.abc import Iterator
from dataclasses import MISSING

from tokentape.options.option import Declared, options_of


def options_table(config: type) -> Iterator[str]:
    """The lines: a flag, its default, what it does."""
    yield "| option | default | what it does |"
    yield "|---|---|---|"
    for each in options_of(config).values():
        if not each.option.argument:
            yield f"| `{each.flag}` | {_default(each)} | {each.option.help} |"


def _default(each: Declared) -> str:
    if each.option.default:
        return f"`{each.option.default}`"
    silent = each.switch or each.option.read is not None
    return "" if silent or each.default in (None, MISSING, "", ()) else f"`{each.default}`"
