"""The config of a recording, beside that of the check which it is."""

from dataclasses import dataclass, field
from pathlib import Path

from tokentape.options.option import option


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConfig:
    """Where the recording goes."""

    out: Path = field(metadata=option(help="Where the tape goes.", metavar="FILE.jsonl"))
    scenario: Path | None = field(
        default=None,
        metadata=option(
            help="Also write a scenario: the mock then says the same, piece by piece, in time.",
            metavar="FILE.yaml",
        ),
    )
