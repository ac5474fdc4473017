"""The JSON schemas that are published, made from the code that writes the JSON: `make docs`.

Every field has a name and a description: the attribute's docstring, or what stands in `Annotated`
where it is a `TypedDict`. Nothing else may be there.
"""

import dataclasses
import inspect
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from pydantic import ConfigDict, TypeAdapter

from docs.typed_dicts import schema_of
from mock_openai.evidence.journal_json import JournalJson
from mock_openai.planning.plan_json import PlanJson
from tokentape.check.report_json import ReportJson
from tokentape_load.metrics.run_results import Progress, Results

FOLDER = Path(__file__).with_name("schemas")
SCHEMAS: dict[str, tuple[type, str]] = {
    "mock-journal.json": (JournalJson, "The answer of `GET /__mock__/requests`"),
    "mock-plan.json": (PlanJson, "What `mock-openai plan --json` prints, `/__mock__/plan` answers"),
    "check-report.json": (ReportJson, "The report of `tokentape check --json`"),
    "load-results.json": (Results, "The results of `tokentape load --json`"),
    "load-progress.json": (Progress, "A line of `tokentape load --progress-json`"),
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def schema(name: str) -> dict[str, Any]:
    """One of them, as JSON Schema 2020-12."""
    root, title = SCHEMAS[name]
    if typing.is_typeddict(root):
        return {"$schema": _DIALECT, **schema_of(root), "title": title}
    for each in _classes(root, set()):
        each.__pydantic_config__ = _CLOSED
    try:
        made = TypeAdapter(root).json_schema(mode="serialization")
    finally:
        for each in _classes(root, set()):
            del each.__pydantic_config__
    return {"$schema": _DIALECT, **made, "title": title}


def written(name: str) -> bytes:
    """The file."""
    return orjson.dumps(schema(name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _classes(kind: Any, known: set[Any]) -> Iterator[Any]:
    """The dataclasses that a type is made of."""
    if inspect.isclass(kind) and dataclasses.is_dataclass(kind) and kind not in known:
        known.add(kind)
        yield kind
        for hint in typing.get_type_hints(kind).values():
            yield from _classes(hint, known)
    for part in typing.get_args(kind):
        yield from _classes(part, known)


def main() -> int:
    """Write those that are stale."""
    for name in SCHEMAS:
        path = FOLDER / name
        if not path.exists() or path.read_bytes() != written(name):
            path.write_bytes(written(name))
            sys.stdout.write(f"{name} made anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
