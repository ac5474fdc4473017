"""Who is not signed in, told apart by a cookie, so that a page that is loaded anew finds its chats
and nobody else does. Pure, but for chance."""

import re
import secrets
from dataclasses import dataclass

from fastapi import Request

COOKIE = "tokentape-visitor"
PATH = "/api/chat"
BYTES = 24
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
"""As we make them: what is shorter could be guessed."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`headers` give the cookie to who had none."""

    secret: str
    headers: dict[str, str]


def known_visitor(request: Request) -> str | None:
    """The secret that the request brings; None without one, or with one that is none of ours."""
    found = request.cookies.get(COOKIE, "")
    return found if SECRET.fullmatch(found) else None


def visitor_of(request: Request) -> Visitor:
    """The one that comes back, or a new one."""
    secret = known_visitor(request)
    if secret is not None:
        return Visitor(secret, {})
    secret = secrets.token_urlsafe(BYTES)
    secure = "; Secure" if request.url.scheme == "https" else ""
    cookie = f"{COOKIE}={secret}; Path={PATH}; HttpOnly; SameSite=Lax{secure}"
    return Visitor(secret, {"Set-Cookie": cookie})
