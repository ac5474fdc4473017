"""One connection as the player sees it. Writes go straight to the socket, so that the
time in the ledger is the time of the system call; what the socket does not take is left to the
transport, which says when its reader has caught up."""

import asyncio
import os
import socket
import struct

_LINGER_0 = struct.pack("ii", 1, 0)


class SocketWriter:
    """Only for plain TCP: over TLS everything goes by the transport."""

    __slots__ = ("_direct", "_fd", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        sock = transport.get_extra_info("socket")
        self._fd = sock.fileno() if sock is not None else -1
        self._direct = self._fd >= 0 and transport.get_extra_info("sslcontext") is None
        # Pause at the first byte that the socket does not take, go on when all have left.
        transport.set_write_buffer_limits(high=0)

    def write(self, data: bytes) -> bool:
        """False when the reader is behind: the rest waits in the transport."""
        transport = self._transport
        if transport.is_closing():
            return True
        if self._direct and not transport.get_write_buffer_size():
            try:
                written = os.write(self._fd, data)
            except BlockingIOError:
                written = 0
            except OSError:
                transport.abort()
                return True
            if written == len(data):
                return True
            data = data[written:]
        transport.write(data)
        return transport.get_write_buffer_size() == 0

    def close(self) -> None:
        """FIN, after all that was written."""
        self._transport.close()

    def reset(self) -> None:
        """RST: what the peer has not read yet may be lost, as with a real one."""
        if self._fd >= 0 and not self._transport.is_closing():
            try:
                # dup: closing a socket object of the same number would take the transport's.
                with socket.socket(fileno=os.dup(self._fd)) as twin:
                    twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
            except OSError:
                pass  # it is gone already
        self._transport.abort()
