"""Engine.IO reads at most 16 packets of one polling request, and drops all of it in silence where
there are more, or one that it can't read. Ours reads what clients send, up to a bound, and ends the
connection with status 400 otherwise.

Its socket has no setting for that, so the server is given another kind.
"""

from typing import Any

from engineio import async_socket, payload
from engineio.exceptions import ContentTooLongError, EngineIOError, UnknownPacketError
from engineio.packet import packet_names

PACKETS_MAX = 10_000
"""Packets of one request; each costs an object before it is looked at."""
SEPARATOR = "\x1e"


class UnreadablePayload(EngineIOError):  # type: ignore[misc]  # it ships no types
    """The request is refused, and its connection ended."""


class EnginePayload(payload.Payload):  # type: ignore[misc]  # it ships no types
    """As many packets as `PACKETS_MAX`."""

    max_decode_packets = PACKETS_MAX


class Socket(async_socket.AsyncSocket):  # type: ignore[misc]  # it ships no types
    """One client, whichever transport it has."""

    async def receive(self, pkt: Any) -> None:
        """Raises `UnknownPacketError`, where Engine.IO looks up the packet's name before: then it
        is an error in the log with a traceback, as often as a stranger likes."""
        if pkt.packet_type >= len(packet_names):
            raise UnknownPacketError
        await super().receive(pkt)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take all packets of a polling request. Raises `EngineIOError`."""
        length = int(environ.get("CONTENT_LENGTH", "0"))
        try:
            if length > self.server.max_http_buffer_size:
                raise ContentTooLongError
            for packet in packets_of(await environ["wsgi.input"].read(length)):
                await self.receive(packet)
        except EngineIOError:
            # The server itself would wait until the client has fetched what is left for it.
            await self.close(wait=False, reason=self.server.reason.TRANSPORT_ERROR)
            raise


def packets_of(body: bytes) -> list[Any]:
    """The packets in a request's body. Raises `UnreadablePayload`."""
    try:
        text = body.decode()
        if text.count(SEPARATOR) >= PACKETS_MAX:
            raise UnreadablePayload
        packets: list[Any] = EnginePayload(encoded_payload=text).packets
        if any(one.packet_type >= len(packet_names) for one in packets):
            raise UnreadablePayload
    except (ValueError, LookupError, TypeError):
        raise UnreadablePayload from None
    return packets


def read_whole_payloads() -> None:
    """For all Engine.IO servers of this process; again changes nothing."""
    async_socket.AsyncSocket = Socket
