"""A tape of one answer as a file: what one viewer saw and when, a line of JSON for each event after
one that says of what. It can be judged again without the server. Pure.
"""

import json
from collections.abc import Iterator, Mapping

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.spelling import ContractFault, read_contract, spell
from tokentape.contract.timeline import Malformed, Seen, see
from tokentape.contract.violations import CAUSES, VIOLATION_KINDS

VERSION = 1
MOST_LINES = 1_000_000


def written(sight: Observation, url: str, message: str) -> Iterator[str]:
    """The lines of the file. Times are µs after the question was sent."""
    head = {
        "tape": VERSION,
        "contract": sight.contract.key,
        "url": url,
        "message": message,
        "events": len(sight.timeline),
        "noticed": [[one.kind, one.index, one.message, one.about] for one in sight.noticed],
        "spelled": spell(sight.contract),
    }
    yield _line(head)
    for seen in sight.timeline:
        yield _line(_event(seen, sight.started_ns))


def _line(told: Mapping[str, Json]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _event(seen: Seen, started_ns: int) -> Mapping[str, Json]:
    told: dict[str, Json] = {"at_us": (seen.at_ns - started_ns) // 1_000, "read": seen.read}
    if seen.event:
        told["event"] = seen.event
    if seen.run is not None and seen.seq is not None:
        told["id"] = f"{seen.run}:{seen.seq}"
    # For people: what it means can be read anew by the contract.
    told["kind"] = seen.kind
    if isinstance(seen.payload, Malformed):
        return {**told, "raw": seen.payload.raw, "problem": seen.payload.problem}
    return {**told, "payload": seen.payload}


def read(text: str, name: str, contract: Contract | None = None) -> tuple[Observation, str]:
    """The answer, seen by another contract if one is given, and the address that it came from.

    Raises `CouldNotRun` with the line.
    """
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise CouldNotRun(f"{name}: a tape has at most {MOST_LINES:,} events.")
    told = [_object(line, name, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not told or told[0].get("tape") != VERSION:
        raise CouldNotRun(f"{name}:1: this is no tape of version {VERSION}: make one with "
                          "`tokentape record`.")  # fmt: skip
    head, events = told[0], told[1:]
    if head.get("events") != len(events):
        raise CouldNotRun(
            f"{name}: it tells of {head.get('events')} events and has {len(events)}: "
            "the file was cut off or changed."
        )
    try:
        contract = contract or read_contract(head.get("spelled"))
    except ContractFault as fault:
        raise CouldNotRun(f"{name}:1: spelled.{fault}") from fault
    timeline = tuple(_seen(one, contract, name, number) for number, one in enumerate(events, 2))
    noticed = tuple(_noticed(one, name) for one in head.get("noticed") or ())
    sight = Observation(
        turn=1, viewer=1, contract=contract, timeline=timeline, started_ns=0, noticed=noticed
    )
    return sight, str(head.get("url"))


def _object(line: str, name: str, number: int) -> Mapping[str, Json]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CouldNotRun(f"{name}:{number}: not JSON: {error}") from error
    if not isinstance(told, dict):
        raise CouldNotRun(f"{name}:{number}: each line is a JSON object.")
    return told


def _seen(told: Mapping[str, Json], contract: Contract, name: str, number: int) -> Seen:
    event, event_id = told.get("event", ""), told.get("id", "")
    if not (isinstance(event, str) and isinstance(event_id, str)):
        raise CouldNotRun(f"{name}:{number}: 'event' and 'id' are texts.")
    payload: Json = told.get("payload")
    if "raw" in told:
        payload = Malformed(str(told["raw"]), str(told.get("problem", "")))
    at_us, read = (_whole(told, key, name, number) for key in ("at_us", "read"))
    return see(contract, event, payload, at_ns=at_us * 1_000, event_id=event_id, read=read)


def _whole(told: Mapping[str, Json], key: str, name: str, number: int) -> int:
    value = told.get(key, 0)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return value
    raise CouldNotRun(f"{name}:{number}: '{key}' is a whole number.")


def _noticed(told: Json, name: str) -> Difference:
    match told:
        case [str(kind), int(index), str(message)] if kind in VIOLATION_KINDS:
            return Difference(kind, index, message)  # type: ignore[arg-type] # one of the closed set
        case [str(kind), int(index), str(message), str(cause)] if kind in VIOLATION_KINDS:
            about = cause if cause in CAUSES else ""
            return Difference(kind, index, message, about)  # type: ignore[arg-type] # of the closed sets
    raise CouldNotRun(f"{name}:1: 'noticed' has [violation, event, message, cause].")
