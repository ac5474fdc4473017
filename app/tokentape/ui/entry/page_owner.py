"""A cookie says which pages are whose. Who opens the page is given one; a page's session
belongs to the cookie that used it first."""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

_ID_CHARS = 22
_SIGNED_CHARS = 43


class Rights:
    """Writes and reads the cookie. Processes with one `secret` believe each other; without it each
    believes only itself."""

    def __init__(self, secret: bytes = b"") -> None:
        self._key = hashlib.sha256(b"page:" + (secret or secrets.token_bytes(32))).digest()

    def grant(self) -> str:
        """A new right."""
        owner = secrets.token_urlsafe(16)
        return owner + self._sign(owner)

    def owner_in(self, cookies: str | None, host: str | None) -> str | None:
        """Whose pages a `Cookie` header may use; `None` where it gives no right."""
        try:
            found = SimpleCookie(cookies or "").get(name_of(host))
        except CookieError:
            return None
        right = found.value if found else ""
        owner, signed = right[:_ID_CHARS], right[_ID_CHARS:]
        if len(signed) != _SIGNED_CHARS or not right.isascii():
            return None
        return owner if hmac.compare_digest(self._sign(owner), signed) else None

    def _sign(self, owner: str) -> str:
        signed = hmac.new(self._key, owner.encode(), hashlib.sha256).digest()
        return _urlsafe(signed)


def name_of(host: str | None) -> str:
    """The cookie's name: browsers send the cookies of one port of a machine to all of them."""
    port = (host or "").rpartition(":")[2]
    return f"tokentape_page_{port}" if port.isascii() and port.isdigit() else "tokentape_page"


def cookie_of(right: str, host: str | None, *, secure: bool) -> str:
    """The `Set-Cookie` header: for this site's own pages, and not for their scripts."""
    kept = f"{name_of(host)}={right}; Path=/; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def _urlsafe(raw: bytes) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
