"""docs/deviations.md, made from what was measured."""

from collections.abc import Mapping
from pathlib import Path

from tests.drift.judging import Deviation
from tests.drift.known import BEHAVIOUR, reason_of
from tests.official_suite.known import suite_table

PAGE = Path(__file__).parents[2] / "docs" / "deviations.md"


def page(found: Mapping[Deviation, str]) -> str:
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for deviation in sorted(found):
        why = reason_of(deviation) or "**not explained**"
        key = (deviation.judge, deviation.place, deviation.problem, why)
        rows.setdefault(key, []).append(deviation.kind)
    table = [
        f"| {_kinds(kinds)} | `{place}` | {problem} | {judge} | {why} |"
        for (judge, place, problem, why), kinds in rows.items()
    ]
    return "\n".join(
        [
            "# Where the mock differs",
            "",
            "Made by `make drift`, which asks the mock every kind of request and compares each",
            "answer, and each event of each stream, with the types of the official Python client",
            "and with OpenAI's published description. With `OPENAI_API_KEY` set,",
            "`python -m tests.drift --real` asks OpenAI the same and compares the shapes.",
            "",
            "## Documents",
            "",
            "Everything else is as both say, with no field missing.",
            "",
            "| document | place | what the judge says | judge | why it is so |",
            "|---|---|---|---|---|",
            *table,
            "",
            "## The official client's own tests",
            "",
            *suite_table(),
            "",
            "## Behaviour",
            "",
            *(f"- {line}" for line in BEHAVIOUR),
            "",
        ]
    )


def _kinds(kinds: list[str]) -> str:
    named = [kind.removeprefix("ResponseStreamEvent ") for kind in kinds]
    return ", ".join(f"`{kind}`" for kind in named)
