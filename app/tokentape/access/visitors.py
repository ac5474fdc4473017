"""For whom the interface calls the server: the visitor's address, in a signed header.

A signed header carries the visitor's address over the loopback; nobody without the key can write
one, so that limits by address hold for the page as for any other client.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from tokentape.access.client_address import is_address
from tokentape.settings import Settings

HEADER = "X-Tokentape-Visitor"
AGE_MAX_S = 60
"""How long a vouched address holds: from its writing to the start of a request."""

_NAME = HEADER.lower().encode()


class Visitors:
    """Writes and reads the header. Workers with one JWT_SECRET believe each other; without it each
    believes only itself."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        secret = settings.jwt_secret.get_secret_value().encode() if settings.jwt_secret else b""
        self._key = hashlib.sha256(b"visitor:" + (secret or secrets.token_bytes(32))).digest()
        self._clock = clock

    def vouch(self, address: str) -> dict[str, str]:
        """The header that says on whose behalf a request is made; none for what is no address."""
        if not is_address(address):
            return {}
        voucher = f"{address} {int(self._clock())}"
        return {HEADER: f"{voucher} {self._sign(voucher)}"}

    def address_in(self, header: bytes) -> str | None:
        """The vouched address; `None` for a header that is old, or not by us."""
        voucher, _, signature = header.decode("latin-1").rpartition(" ")
        address, _, written = voucher.partition(" ")
        if not hmac.compare_digest(self._sign(voucher).encode(), signature.encode("latin-1")):
            return None
        fresh = abs(self._clock() - int(written)) <= AGE_MAX_S
        return address if fresh else None

    def _sign(self, voucher: str) -> str:
        return hmac.new(self._key, voucher.encode("latin-1"), hashlib.sha256).hexdigest()


class Seated:
    """ASGI: a request that is vouched for comes from the visitor's address."""

    def __init__(self, asgi: ASGIApp, visitors: Visitors) -> None:
        self._asgi = asgi
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vouched = [value for name, value in scope.get("headers", ()) if name == _NAME]
        address = self._visitors.address_in(vouched[0]) if len(vouched) == 1 else None
        if address is not None:
            scope = {**scope, "client": (address, 0)}
        await self._asgi(scope, receive, send)
