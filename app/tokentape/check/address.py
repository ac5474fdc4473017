"""Address: the address of a server as somebody wrote it, taken apart: where it is, what goes into
each request's query, and whose name it is asked in. Pure.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.contract import Call, Contract, RequestTemplate

_DEPLOYMENTS = "/openai/deployments/"
"""What Azure's addresses have, and no other's."""


@dataclass(frozen=True, slots=True)
class Address:
    """`url` has a scheme, a host and a path, and ends without a slash."""

    url: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic: str | None = field(default=None, repr=False)
    """The value of the `Authorization` header for a user and a password (RFC 7617)."""
    password: str | None = field(default=None, repr=False)
    path: str = ""
    """Of the endpoint itself, where the contract leaves that to the server; it is not in `url`."""

    @property
    def azure(self) -> bool:
        """Whether it is a deployment at Azure, where a key is shown as `api-key`."""
        return _DEPLOYMENTS in f"{self.url}/"


def read_address(url: str, contract: Contract) -> Address:
    """Raises `CouldNotRun` for what is no address. The path of the contract's own request may stand
    at its end, as in `…/v1/chat/completions`."""
    try:
        parts = urlsplit(url.strip())
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
        _ = parts.port  # raises for one that is none
    except ValueError:
        right = False
    if not right:
        # It may hold a password: it is not repeated.
        shown = repr(url) if "@" not in url and "?" not in url else "What was given"
        raise CouldNotRun(f"{shown} is no address: write it as http://127.0.0.1:8000")
    user, at, host = parts.netloc.rpartition("@")
    basic = password = None
    if at:
        name, _, password = user.partition(":")
        password = unquote(password)
        pair = f"{unquote(name)}:{password}".encode()
        basic = f"Basic {b64encode(pair).decode()}"
    path = parts.path.rstrip("/")
    if contract.free_path:
        path = ""
    elif isinstance(contract.start, RequestTemplate) and "$" not in contract.start.path:
        path = path.removesuffix(contract.start.path).rstrip("/")
    return Address(
        url=urlunsplit((parts.scheme, host, path, "", "")),
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        basic=basic,
        password=password or None,
        path=parts.path if contract.free_path else "",
    )


def at_path(contract: Contract, path: str) -> Contract:
    """The contract of a server whose endpoint is elsewhere: what stands below the endpoint's path
    moves with it. An empty path is the contract's own."""
    start = contract.start
    if not path or not isinstance(start, RequestTemplate):
        return contract

    def moved(call: Call | None) -> Call | None:
        if isinstance(call, RequestTemplate) and f"{call.path}/".startswith(f"{start.path}/"):
            below = call.path.removeprefix(start.path)
            return replace(call, path=f"{path.rstrip('/')}{below}" if below else path)
        return call

    return replace(
        contract,
        start=replace(start, path=path),
        resume=moved(contract.resume),
        stop=moved(contract.stop),
    )


SHOWN_QUERY = frozenset({"api-version"})
"""Parameters whose values are no secrets."""


def shown_address(url: str, query: Iterable[tuple[str, str]]) -> str:
    """An address for people: of its query the names alone."""
    told = "&".join(
        f"{quote(name)}={quote(value) if name in SHOWN_QUERY else '***'}" for name, value in query
    )
    return f"{url}?{told}" if told else url
