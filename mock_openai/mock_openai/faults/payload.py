"""The JSON inside a frame: read, and written back as the endpoints write it. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from mock_openai.faults.place import Place, index_of
from mock_openai.plan.plan import Frame, Plan

_DATA = b"data: "


def payload_of(frame: Frame) -> dict[str, Any] | None:
    """The object that the frame carries; None for [DONE], comments and the like."""
    _, data_field, rest = frame.data.rpartition(_DATA)
    try:
        payload = orjson.loads(rest if data_field else frame.data)
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) else None


def rewritten(
    plan: Plan, place: Place, change: Callable[[Frame, dict[str, Any]], Frame | None]
) -> Plan | None:
    """The plan with the frame at the place as `change` makes it of the frame and its object; None
    where there is no object, or nothing in it to change."""
    at = index_of(place, plan)
    payload = None if at is None else payload_of(plan.frames[at])
    changed = None if at is None or payload is None else change(plan.frames[at], payload)
    if at is None or changed is None:
        return None
    return replace(plan, frames=(*plan.frames[:at], changed, *plan.frames[at + 1 :]))


def with_payload(frame: Frame, payload: dict[str, Any]) -> Frame:
    """The frame with another object."""
    return with_text(frame, orjson.dumps(payload))


def json_text(frame: Frame) -> bytes:
    """The JSON as it stands in the frame, without the lines around it."""
    return frame.data.rpartition(_DATA)[2].rstrip(b"\r\n")


def with_text(frame: Frame, text: bytes) -> Frame:
    """The frame with another text where its JSON was."""
    before, data_field, rest = frame.data.rpartition(_DATA)
    end = rest[len(rest.rstrip(b"\r\n")) :]
    return frame._replace(data=before + data_field + text + end)
