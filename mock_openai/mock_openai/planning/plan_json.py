"""A plan as JSON: what `mock-openai plan --json` prints and `/__mock__/plan` answers.

The types are the published schema: `make docs` writes docs/schemas/mock-plan.json from them.
"""

from collections.abc import Iterable
from typing import Annotated, TypedDict

from mock_openai.plan.plan import Placed
from mock_openai.planning.planned_answer import PlannedAnswer


class FaultJson(TypedDict):
    """A fault of an answer."""

    fault: Annotated[str, "its name"]
    at: Annotated[str, "the place where it strikes, such as `chunk 3`"]
    violation: Annotated[str, "what a checker has to report for it"]
    placed: Annotated[bool, "whether the answer has such a place: otherwise nothing was changed"]


class PlanFrameJson(TypedDict):
    """A frame that will be sent."""

    seq: Annotated[int, "its number, from 0"]
    due_ns: Annotated[int, "ns after the start of the answer"]
    kind: Annotated[str, "`role`, `content`, `finish`, `usage`, `done`, `body`, …"]
    chunk: Annotated[int | None, "which content chunk it carries, from 0; null: none"]
    size: Annotated[int, "bytes"]
    data: Annotated[str, "as it is on the wire; bytes that are no UTF-8 are replaced"]


class PlanJson(TypedDict):
    """What would be sent for a request, and when."""

    scenario: Annotated[str, "the name of the scenario that answers"]
    why: Annotated[str, "why that one, and which came near"]
    seed: Annotated[int, "where the chance in it comes from"]
    status: Annotated[int, "of the HTTP response"]
    headers: Annotated[dict[str, str], "of the HTTP response, beside those of the connection"]
    stream: Annotated[bool, "whether it is a stream of events, or one body"]
    ending: Annotated[str, "`complete`, `eof`, `sever`, `reset` or `hang`"]
    end_ns: Annotated[int, "when it ends: ns after the start of the answer"]
    text: Annotated[str, "what is said, before faults"]
    chunks: Annotated[list[str], "the same, as it is cut"]
    faults: list[FaultJson]
    frames: list[PlanFrameJson]


def faults_to_json(faults: Iterable[Placed]) -> list[FaultJson]:
    """In the order in which they strike."""
    return [
        {"fault": f.fault, "at": f.at, "violation": f.violation, "placed": f.placed} for f in faults
    ]


def plan_to_json(planned: PlannedAnswer) -> PlanJson:
    """Times are ns after the start of the answer; `data` is the frame as it is on the wire."""
    plan = planned.plan
    return {
        "scenario": planned.scenario,
        "why": planned.why,
        "seed": planned.seed,
        "status": plan.status,
        "headers": dict(plan.headers),
        "stream": plan.streamed,
        "ending": plan.ending,
        "end_ns": plan.last_ns,
        "text": plan.text,
        "chunks": list(plan.chunks),
        "faults": faults_to_json(plan.faults),
        "frames": [
            {
                "seq": seq,
                "due_ns": frame.due_ns,
                "kind": frame.kind,
                "chunk": frame.chunk,
                "size": len(frame.data),
                "data": frame.data.decode("utf-8", "replace"),
            }
            for seq, frame in enumerate(plan.frames)
        ],
    }
