"""JSON Web Tokens, by which callers are known: read and (for development) signed.

Algorithms are chosen by the keys we hold, never by what the token says alone: `none`, and an RSA
key used as an HMAC secret, are refused.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from tokentape.access.users import Users
from tokentape.errors import CallerFault

if TYPE_CHECKING:  # a load run signs tokens where no server is installed
    from tokentape.settings import Settings

SUB_MAX_CHARS = 255
OPTIONAL_CLAIMS = ("name", "org", "clearance", "locale", "style")
TOKEN_MAX_CHARS = 65_536
OPENAI_KEY = "sk-"
EXPIRED = "The token has expired."


@dataclass(frozen=True, slots=True)
class Identity:
    """The claims that we use. `sub` is the user id."""

    sub: str
    name: str | None = None
    org: str | None = None
    clearance: str | None = None
    locale: str | None = None
    style: str | None = None
    expires_s: float | None = None
    """Unix time; None: never."""


class Tokens:
    """Reads tokens by the keys of the settings; without any key no token is right. `clock` is Unix
    time, by which what was read expires."""

    def __init__(self, settings: "Settings", clock: Callable[[], float] = time.time) -> None:
        self.users = Users()
        self.clock = clock
        self._keys: dict[str, str] = {}
        if settings.jwt_secret:
            self._keys["HS256"] = settings.jwt_secret.get_secret_value()
        if settings.jwt_public_key:
            self._keys["RS256"] = self._keys["ES256"] = settings.jwt_public_key

    def read(self, token: object) -> Identity:
        """Raises `CallerFault` UNAUTHORIZED, whatever is wrong with it."""
        if not isinstance(token, str) or not 0 < len(token) <= TOKEN_MAX_CHARS:
            raise CallerFault("UNAUTHORIZED", "The token is not a string of a sensible length.")
        try:
            algorithm = jwt.get_unverified_header(token).get("alg", "")
            key = self._keys.get(algorithm)
            if key is None:
                raise CallerFault("UNAUTHORIZED", "The token's algorithm is not accepted here.")
            claims = jwt.decode(
                token, key, algorithms=[algorithm], options={"verify_aud": False}, leeway=0
            )
        except jwt.ExpiredSignatureError:
            raise CallerFault("UNAUTHORIZED", EXPIRED) from None
        except (jwt.PyJWTError, ValueError, TypeError, UnicodeError):
            raise CallerFault("UNAUTHORIZED") from None
        identity = _identity(claims)
        self.users.saw(identity.sub)
        return identity

    def check(self, identity: Identity | None) -> None:
        """Raises `CallerFault` UNAUTHORIZED when the token that it was read from has expired."""
        if identity and identity.expires_s is not None and identity.expires_s <= self.clock():
            raise CallerFault("UNAUTHORIZED", EXPIRED)

    def read_bearer(self, header: str | None) -> Identity | None:
        """The identity in an `Authorization` header; None without one.

        A key in OpenAI's own form (`sk-…`) is no token of ours: OpenAI's clients can't send none,
        and whoever sends one is anonymous.
        """
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise CallerFault("UNAUTHORIZED", "Authorization must be `Bearer TOKEN`.")
        token = token.strip()
        return None if token.startswith(OPENAI_KEY) else self.read(token)


def _identity(claims: Mapping[str, Any]) -> Identity:
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= SUB_MAX_CHARS or not _storable(sub):
        raise CallerFault("UNAUTHORIZED", "The token names no user (`sub`).")
    optional: dict[str, str] = {}
    for claim in OPTIONAL_CLAIMS:
        value = claims.get(claim)
        if value is None:
            continue
        if not isinstance(value, str) or not _storable(value):
            raise CallerFault("UNAUTHORIZED", f"The token's claim `{claim}` is not a string.")
        optional[claim] = value
    # The library has seen that it is a number.
    expires = claims.get("exp")
    return Identity(sub, **optional, expires_s=None if expires is None else float(expires))


def _storable(value: str) -> bool:
    """JSON may hold halves of characters and U+0000, which no database does."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in value


def sign(secret: str, sub: str, ttl_s: float, claims: Mapping[str, str]) -> str:
    """A development token (HS256)."""
    now = int(time.time())
    return jwt.encode(
        {**claims, "sub": sub, "iat": now, "exp": now + int(ttl_s)}, secret, algorithm="HS256"
    )
