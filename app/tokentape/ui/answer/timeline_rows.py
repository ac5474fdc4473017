"""The event timeline as it is drawn, one row an event.

Pure: events in, short JSON arrays out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json
from tokentape.contract.timeline import Malformed, Seen

TEXT_MAX = 80
"""Characters of an event's text that a row shows."""

Row: TypeAlias = tuple[int, float, float | None, str, str, str, int]
"""Index, offset in ms, gap in ms, name, text, tone, characters of answer up to and with it."""

_TONES = {"completed": "end", "stopped": "stopped", "failed": "failed"}


@dataclass(slots=True)
class TimelineRows:
    """Turns events into rows. A gap is the time since the event before, of whatever kind."""

    contract: Contract
    started_ns: int
    count: int = 0
    before_ns: int | None = None
    characters: int = 0

    def row(self, event: Seen) -> Row:
        """The row of the next event: times in milliseconds, text shortened for it."""
        gap_ns = None if self.before_ns is None else event.at_ns - self.before_ns
        self.characters += len(event.text or "")
        row = (
            self.count,
            _ms(event.at_ns - self.started_ns),
            None if gap_ns is None else _ms(gap_ns),
            event.kind or event.event or "unknown",
            shown_text(self.contract, event),
            _tone(event),
            self.characters,
        )
        self.count += 1
        self.before_ns = event.at_ns
        return row


def shown_text(contract: Contract, event: Seen) -> str:
    """What a row says of an event: its piece of the answer, else what else it carries."""
    if isinstance(event.payload, Malformed):
        return shortened(f"{event.payload.problem}: {event.payload.raw}")
    if event.text is not None:
        return shortened(event.text)
    if not isinstance(event.payload, Mapping):
        return shortened(str(event.payload))
    return shortened(json.dumps(_bare(contract, event.payload), ensure_ascii=False))


def _bare(contract: Contract, payload: Mapping[str, Json]) -> Mapping[str, Json]:
    """A payload less what every event of the run carries, or what repeats the whole answer."""
    whole = {kind.accumulated for kind in contract.kinds}
    constant = {contract.run, contract.seq, contract.conversation, *contract.steady, *whole}
    return {name: value for name, value in payload.items() if name not in constant}


def _tone(event: Seen) -> str:
    if event.kind is None:
        return "unknown"
    if event.end is not None:
        return _TONES[event.end]
    return "text" if event.text else "other"


def shortened(text: str, most: int = TEXT_MAX) -> str:
    """At most so many characters, the last of them an ellipsis where some were left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _ms(ns: int) -> float:
    return round(ns / 1e6, 1)
