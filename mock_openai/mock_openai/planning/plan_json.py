"""A plan as JSON: what `mock-openai plan --json` prints and `/__mock__/plan` answers."""

from __future__ import annotations

from typing import Any

from mock_openai.planning.planned_answer import PlannedAnswer


def plan_to_json(planned: PlannedAnswer) -> dict[str, Any]:
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
        "faults": [
            {"fault": f.fault, "at": f.at, "violation": f.violation, "placed": f.placed}
            for f in plan.faults
        ],
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
