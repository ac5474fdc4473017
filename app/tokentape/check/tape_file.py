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
from tokentape.contract.timeline import Malformed, Seen, see, see_close
from tokentape.contract.violations import CAUSES, VIOLATION_KINDS
from tokentape.json_depth import read_json

VERSION = 1
MOST_LINES = 1_000_000


def written(observation: Observation, url: str, message: str) -> Iterator[str]:
    """The lines of the file. Times are µs after the question was sent."""
    head = {
        "tape": VERSION,
        "contract": observation.contract.key,
        "url": url,
        "message": message,
        "events": len(observation.timeline),
        "noticed": [[one.kind, one.index, one.message, one.about] for one in observation.noticed],
        "spelled": spell(observation.contract),
    }
    if observation.contract.reads_request:
        head["request"] = observation.request
    yield _line(head)
    close = observation.contract.close_kind
    for one in observation.timeline:
        line = _event_json(one, observation.started_ns)
        # No frame is of this kind, and no frame could be read as it.
        yield _line({**line, "close": True} if close and one.kind == close.name else line)


def _line(value: Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _event_json(one: Seen, started_ns: int) -> Mapping[str, Json]:
    line: dict[str, Json] = {"at_us": (one.at_ns - started_ns) // 1_000, "read": one.read}
    if one.event:
        line["event"] = one.event
    if one.run is not None and one.seq is not None:
        line["id"] = f"{one.run}:{one.seq}"
    # For people: what it means can be read anew by the contract.
    line["kind"] = one.kind
    if isinstance(one.payload, Malformed):
        return {**line, "raw": one.payload.raw, "problem": one.payload.problem}
    return {**line, "payload": one.payload}


def read(text: str, name: str, contract: Contract | None = None) -> tuple[Observation, str]:
    """The answer, seen by another contract if one is given, and the address that it came from.

    Raises `CouldNotRun` with the line.
    """
    # A text may hold any other end of a line, such as U+2028, as it is.
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise CouldNotRun(f"{name}: a tape has at most {MOST_LINES:,} events.")
    parsed = [_object(line, name, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not parsed or parsed[0].get("tape") != VERSION:
        raise CouldNotRun(f"{name}:1: this is no tape of version {VERSION}: make one with "
                          "`tokentape record`.")  # fmt: skip
    head, events = parsed[0], parsed[1:]
    if head.get("events") != len(events):
        raise CouldNotRun(
            f"{name}: it tells of {head.get('events')} events and has {len(events)}: "
            "the file was cut off or changed."
        )
    try:
        contract = contract or read_contract(head.get("spelled"))
    except ContractFault as fault:
        raise CouldNotRun(f"{name}:1: spelled.{fault}") from fault
    numbered = enumerate(events, 2)
    seen = (_read_event(one, contract, name, number) for number, one in numbered)
    timeline = tuple(one for one in seen if one is not None)
    noticed = tuple(_noticed(head.get("noticed"), len(events), name))
    observation = Observation(
        turn=1,
        viewer=1,
        contract=contract,
        timeline=timeline,
        started_ns=0,
        noticed=noticed,
        request=head.get("request"),
    )
    return observation, str(head.get("url"))


def _object(line: str, name: str, number: int) -> Mapping[str, Json]:
    try:
        value = read_json(line)
    except ValueError as error:
        raise CouldNotRun(f"{name}:{number}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CouldNotRun(f"{name}:{number}: each line is a JSON object.")
    return value


def _read_event(
    line: Mapping[str, Json], contract: Contract, name: str, number: int
) -> Seen | None:
    """`None` for a close that is no event of this contract."""
    event, event_id = line.get("event", ""), line.get("id", "")
    if not (isinstance(event, str) and isinstance(event_id, str)):
        raise CouldNotRun(f"{name}:{number}: 'event' and 'id' are texts.")
    payload: Json = line.get("payload")
    if "raw" in line:
        payload = Malformed(str(line["raw"]), str(line.get("problem", "")))
    at_us, read = (_whole(line, key, name, number) for key in ("at_us", "read"))
    if line.get("close") is True:
        return see_close(contract, at_ns=at_us * 1_000, read=read)
    return see(contract, event, payload, at_ns=at_us * 1_000, event_id=event_id, read=read)


def _whole(line: Mapping[str, Json], key: str, name: str, number: int) -> int:
    value = line.get(key, 0)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return value
    raise CouldNotRun(f"{name}:{number}: '{key}' is a whole number.")


def _noticed(noticed: Json, events: int, name: str) -> Iterator[Difference]:
    for one in noticed if isinstance(noticed, list) else [noticed] if noticed is not None else ():
        match one:
            case [kind, index, str(message), *more] if kind in VIOLATION_KINDS and len(more) < 2:
                if type(index) is not int or not 0 <= index <= events:
                    raise CouldNotRun(f"{name}:1: 'noticed': {kind} is at none of the events.")
                cause = more[0] if more and more[0] in CAUSES else ""
                yield Difference(kind, index, message, cause)  # type: ignore[arg-type] # of the closed set
            case _:
                raise CouldNotRun(f"{name}:1: 'noticed' has [violation, event, message, cause].")
