"""The corpus of upstream streams, held against itself."""

import pytest

from tests.upstream_streams.streams import Stream, all_streams
from tokentape.contract.openai import SUCCESSES
from tokentape.contract.violations import CAUSES, VIOLATION_KINDS
from tokentape.errors import CODES
from tokentape.runs.finish_reasons import FINISH_REASONS

every_stream = pytest.mark.parametrize("stream", all_streams(), ids=lambda stream: stream.name)


def test_there_are_enough() -> None:
    assert len(all_streams()) >= 150


@every_stream
def test_what_the_official_client_reads_whole_the_relay_does_not_kill(stream: Stream) -> None:
    client, relay = stream.client, stream.relay
    if client.code is None and client.finish in FINISH_REASONS:
        assert relay.code is None or relay.stricter, "say why"
    if client.code is None and relay.code is None and not relay.stricter:
        assert client.text in relay.text


@every_stream
def test_codes_are_codes(stream: Stream) -> None:
    assert stream.relay.code is None or stream.relay.code in CODES


@every_stream
def test_what_is_noted_holds_together(stream: Stream) -> None:
    """What no client reads whole is never right, nor is what the relay fails; a wrong stream has a
    reason, of the closed sets."""
    due = stream.check
    assert due["verdict"] in ("right", "wrong", "no verdict")
    assert (due["verdict"] == "wrong") == bool(due.get("finds"))
    if due["verdict"] == "right":
        # Comments are no work for the relay, and for the official client time.
        assert stream.relay.code in (None, "UPSTREAM_TIMEOUT") or stream.relay.stricter
        assert stream.client.code is None or due["lawful"]
        assert stream.client.finish in (*SUCCESSES, None)
    for one in due.get("finds", ()):
        kind, _, cause = one.removesuffix(")").partition(" (")
        assert kind in VIOLATION_KINDS
        assert cause in CAUSES
