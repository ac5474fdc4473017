"""The corpus of upstream streams, held against itself."""

import pytest

from tests.upstream_streams.streams import Stream, all_streams
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
