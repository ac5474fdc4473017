"""The verdict on clients: what they did wrong, by the journal alone. Pure.

A sin is told only where the journal proves it; `limits` say from when on it is one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from mock_openai.evidence.journal import Entry

_SECOND_NS = 1_000_000_000
_BY_THE_CLIENT = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""Refusals that another try does not change. Others, 408, 409 and 429 among them, may pass."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`storm` requests for the same thing within `window_ns` after a failure are a retry storm;
    a silence of `patience_ns` that a client sits through shows that it has no read timeout."""

    storm: int = 5
    window_ns: int = 10 * _SECOND_NS
    patience_ns: int = 30 * _SECOND_NS


@dataclass(frozen=True, slots=True)
class ClientFault:
    """`streams` are the ids of the entries that prove it."""

    sin: str
    streams: tuple[str, ...]
    message: str

    def to_json(self) -> dict[str, Any]:
        """As the admin route gives it."""
        return {"sin": self.sin, "streams": list(self.streams), "message": self.message}


def sins(entries: Sequence[Entry], now_ns: int, limits: Limits) -> list[ClientFault]:
    """`entries` from the oldest to the newest."""
    return [one for find in SINS.values() for one in find(entries, now_ns, limits)]


def _same(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Requests for the same thing: of one session, endpoint and body."""
    groups: dict[tuple[str, str, int], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.session, entry.endpoint, entry.body_hash), []).append(entry)
    yield from (group for group in groups.values() if len(group) > 1)


def _ignored_retry_after(
    entries: Sequence[Entry], now_ns: int, limits: Limits
) -> Iterator[ClientFault]:
    for group in _same(entries):
        for refused, again in pairwise(group):
            wait_s = _seconds(refused.retry_after)
            if wait_s is None or refused.ended_ns is None:
                continue
            waited_s = (again.started_ns - refused.ended_ns) / _SECOND_NS
            if waited_s < wait_s:
                yield ClientFault(
                    "ignored_retry_after",
                    (refused.id, again.id),
                    f"came back after {waited_s:.2f} s, was asked to wait {wait_s:g} s",
                )


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None or not (retry_after.isascii() and retry_after.isdecimal()):
        return None
    return float(retry_after[:9])


def _retry_storm(entries: Sequence[Entry], now_ns: int, limits: Limits) -> Iterator[ClientFault]:
    for group in _same(entries):
        for at, first in enumerate(group):
            until_ns = first.started_ns + limits.window_ns
            storm = [e for e in group[at:] if e.started_ns <= until_ns]
            if _failed(first) and len(storm) >= limits.storm and all(map(_failed, storm[:-1])):
                seconds = (storm[-1].started_ns - first.started_ns) / _SECOND_NS
                message = f"{len(storm)} requests for the same thing within {seconds:.1f} s"
                yield ClientFault("retry_storm", tuple(e.id for e in storm), message)
                break


def _retried_in_vain(
    entries: Sequence[Entry], now_ns: int, limits: Limits
) -> Iterator[ClientFault]:
    """RFC 9110, 15.5: a client should not repeat a request that is at fault without a change."""
    for group in _same(entries):
        for refused, again in pairwise(group):
            if refused.status in _BY_THE_CLIENT and refused.state == "refused":
                message = f"the same request came again after a {refused.status}"
                yield ClientFault("retried_in_vain", (refused.id, again.id), message)


def _failed(entry: Entry) -> bool:
    return entry.state in ("refused", "cut")


def _accepted_truncated(
    entries: Sequence[Entry], now_ns: int, limits: Limits
) -> Iterator[ClientFault]:
    for at, entry in enumerate(entries):
        lacking = any(f.placed and f.violation == "missing_end" for f in entry.faults)
        text = entry.sent_text() if lacking and entry.state != "running" else ""
        if not text:
            continue
        for later in entries[at + 1 :]:
            if later.session == entry.session and text in _from_assistant(later):
                message = "an answer without its end was taken for whole and sent back as history"
                yield ClientFault("accepted_truncated_stream", (entry.id, later.id), message)
                break


def _from_assistant(entry: Entry) -> list[str]:
    try:
        body = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        return []
    messages = body.get("messages", body.get("input")) if isinstance(body, dict) else None
    return [
        one["content"]
        for one in (messages if isinstance(messages, list) else [])
        if isinstance(one, dict)
        and one.get("role") == "assistant"
        and isinstance(one.get("content"), str)
    ]


def _no_read_timeout(
    entries: Sequence[Entry], now_ns: int, limits: Limits
) -> Iterator[ClientFault]:
    for entry in entries:
        silence_ns = entry.longest_silence_ns(now_ns)
        if silence_ns >= limits.patience_ns:
            message = f"sat through {silence_ns / _SECOND_NS:.1f} s of silence"
            yield ClientFault("no_read_timeout", (entry.id,), message)


SINS: dict[str, Callable[[Sequence[Entry], int, Limits], Iterator[ClientFault]]] = {
    "ignored_retry_after": _ignored_retry_after,
    "retry_storm": _retry_storm,
    "retried_in_vain": _retried_in_vain,
    "accepted_truncated_stream": _accepted_truncated,
    "no_read_timeout": _no_read_timeout,
}
