"""What the mock says that a scenario's plan is, as what a chart draws of it. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tokentape.contract.contract import Json

POINTS_MAX = 2_000
"""Chunks that are drawn; of longer answers the first ones."""

_END = -1.0
_EDGES = {"request": 0.0, "before first chunk": 0.0, "after last chunk": _END}
"""Where a fault stands that is at no chunk; one at a byte stands nowhere."""

_ENDINGS = {
    "complete": "ends as it should",
    "eof": "the body ends, too early",
    "sever": "the connection is closed inside the body",
    "reset": "the connection is reset",
    "hang": "then silence for ever",
}


def picture_of(plan_json: Mapping[str, Json]) -> Json:
    """Chunks as `[ms, chunk]`: `sent` as the faults have it, `meant` as it would be without."""
    plan, meant = plan_json["plan"], plan_json["meant"]
    due = {chunk: ms for ms, chunk in _points(meant)}
    faults = [_fault(fault, due, meant["end_ns"] / 1e6) for fault in plan["faults"]]
    return {
        "sent": _points(plan)[:POINTS_MAX],
        "meant": _points(meant)[:POINTS_MAX],
        "chunks": list(meant["chunks"][:POINTS_MAX]),
        "chunks_in_all": meant["chunks_in_all"],
        "faults": faults,
        "hold": plan_json.get("hold"),
        "status": plan["status"],
        "end_ms": round(plan["end_ns"] / 1e6, 3),
        "ending": "refused" if plan["status"] >= 400 else _ENDINGS.get(plan["ending"], ""),
        "text": meant["text"],
        "drawn_in_part": meant["chunks_in_all"] > POINTS_MAX
        or plan["frames_in_all"] > len(plan["frames"]),
    }


def _points(plan: Mapping[str, Json]) -> list[tuple[float, int]]:
    return [
        (round(frame["due_ns"] / 1e6, 3), frame["chunk"])
        for frame in plan["frames"]
        if frame["chunk"] is not None
    ]


def _fault(fault: Mapping[str, Json], due: Mapping[int, float], end_ms: float) -> Json:
    kind, _, number = str(fault["at"]).rpartition(" ")
    chunk = int(number) if kind == "chunk" and number.isdigit() else None
    ms = due.get(chunk) if chunk is not None else _EDGES.get(fault["at"])
    return {**fault, "chunk": chunk, "ms": end_ms if ms == _END else ms}


def summary_of(picture: Mapping[str, Json]) -> str:
    """The chart in words, for who does not see it."""
    sent: Sequence[Sequence[float]] = picture["sent"]
    count = picture["chunks_in_all"]
    said = [f"{count} {'chunk' if count == 1 else 'chunks'} planned, {len(sent)} drawn"]
    if sent:
        said.append(f"the first at {sent[0][0]:,.0f} ms, the last at {sent[-1][0]:,.0f} ms")
    if gaps := [later[0] - earlier[0] for earlier, later in pairwise(sent)]:
        said.append(f"the longest gap {max(gaps):,.0f} ms")
    for fault in picture["faults"]:
        placed = f"must show as {fault['violation']}" if fault["placed"] else "strikes nowhere"
        said.append(f"{fault['fault']} at {fault['at']} {placed}")
    return "; ".join(said) + f"; {picture['ending']}."
