"""Asked: a check as somebody asked for it, on a command line or a page, and what that wants done.

Reads no file and no environment: what those say is handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

import jwt

from tokentape.check.address import SHOWN_QUERY, Address, read_address, shown_address
from tokentape.check.config import MESSAGE, CheckConfig, CouldNotRun
from tokentape.check.request_extras import read_headers, read_query
from tokentape.contract.contract import Contract
from tokentape.contract.openai import LASTING, OPENAI

OPENAI_MODEL = "gpt-4o-mini"
AT_ONCE_MAX = 1_000
"""Connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFields:
    """What a command line and a page say alike. Times are in the unit that their names say; `None`
    leaves it to the check."""

    url: str
    token: str | None = field(default=None, repr=False)
    model: str | None = None
    message: str | None = None
    turns: int = 1
    viewers: int = 1
    users: int = 1
    cut_at: tuple[str, ...] = ()
    cuts: int = 0
    stop: bool = False
    expect: str | None = None
    line_end: str = ""
    """What `expect` may end with besides: the line break with which an editor ends a file."""
    max_ttft_ms: float | None = None
    max_gap_ms: float | None = None
    silence_s: float = 30.0
    longest_s: float = 300.0
    headers: tuple[str, ...] = field(default=(), repr=False)
    """`Name: value` each."""
    query: tuple[str, ...] = field(default=(), repr=False)
    """`name=value` each."""
    order_only: bool = False
    mock: str | None = None
    mock_token: str | None = field(default=None, repr=False)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput(CheckFields):
    contract: Contract


def wanted_of(
    asked: CheckInput, environment: Mapping[str, str] = MappingProxyType({})
) -> CheckConfig:
    """`environment` may have a key for a server of OpenAI's kind where no token was given.

    Raises `CouldNotRun` with what to write instead.
    """
    if asked.users * asked.viewers > AT_ONCE_MAX:
        raise CouldNotRun(f"--users with --viewers each: {AT_ONCE_MAX:,} at once are the most.")
    for option, secret in (("--token", asked.token), ("--mock-token", asked.mock_token)):
        if secret is not None and not secret.isprintable():
            raise CouldNotRun(f"{option}: it has characters that no header may have.")
    contract = asked.contract
    address = read_address(asked.url, contract)
    headers, token = _credentials(asked, address, environment)
    query = (*address.query, *read_query(asked.query))
    if asked.cut_at or asked.cuts:
        contract = LASTING.get(contract.dialect, contract)
    return CheckConfig(
        url=address.url,
        shown=shown_address(address.url, query),
        contract=contract,
        token=token,
        headers=headers,
        query=query,
        secrets=_secrets(asked, address, token, headers, query),
        user=_user(token) or "anonymous",
        model=asked.model or (OPENAI_MODEL if contract.dialect in OPENAI else None),
        message=MESSAGE if asked.message is None else asked.message,
        turns=asked.turns,
        viewers=asked.viewers,
        users=asked.users,
        cut_at=_places(asked.cut_at),
        cuts=asked.cuts,
        stop=asked.stop,
        expect=asked.expect,
        line_end=asked.line_end,
        max_first_token_ms=asked.max_ttft_ms,
        max_gap_ms=asked.max_gap_ms,
        order_only=asked.order_only,
        mock_url=asked.mock,
        mock_token=asked.mock_token,
        seed=asked.seed,
        silence_s=asked.silence_s,
        longest_s=asked.longest_s,
    )


def _credentials(
    asked: CheckInput, address: Address, environment: Mapping[str, str]
) -> tuple[dict[str, str], str | None]:
    """The headers that go with each request, and the token. A key of the environment is shown to
    nobody who is shown something else."""
    headers, token = read_headers(asked.headers), asked.token
    names = {name.lower() for name in headers}
    http = asked.contract.transport == "sse"
    for place, given in (
        ("--header Authorization", "authorization" in names),
        ("a user in the address", address.basic is not None),
    ):
        if given and token is not None and http:
            raise CouldNotRun(f"--token and {place} are sent as one header: leave one of them out.")
    if address.basic is not None and "authorization" not in names:
        headers["Authorization"] = address.basic
        names.add("authorization")
    if token is None and asked.contract.dialect in OPENAI and not names & _KEYS:
        token = environment.get(_AZURE_KEY if address.azure else _OPENAI_KEY) or "sk-none"
    if token is not None and address.azure and not _is_jwt(token) and "api-key" not in names:
        headers["api-key"], token = token, None
    return headers, token


_KEYS = frozenset({"authorization", "api-key", "x-api-key"})
"""Headers that say who asks."""

_NO_SECRETS = frozenset(
    {"accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host",
     "origin", "openai-beta", "user-agent"}
)  # fmt: skip
"""Headers whose values are known to everybody, and stand in many a text."""

_OPENAI_KEY, _AZURE_KEY = "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"
"""As the official clients call them."""


def _is_jwt(token: str) -> bool:
    return token.startswith("eyJ") and token.count(".") == 2


def _secrets(
    asked: CheckInput,
    address: Address,
    token: str | None,
    headers: Mapping[str, str],
    query: Iterable[tuple[str, str]],
) -> tuple[str, ...]:
    """All that was given for a server's eyes alone."""
    told = [value for name, value in headers.items() if name.lower() not in _NO_SECRETS]
    schemes = (value.partition(" ")[2] for value in told)
    shown = (value for name, value in query if name not in SHOWN_QUERY)
    mock = urlsplit(asked.mock or "").password
    given = (asked.token, token, asked.mock_token, address.password, mock)
    every = (*given, *told, *schemes, *shown)
    return tuple(dict.fromkeys(one for one in every if one))


def _user(token: str | None) -> str | None:
    """Whose token it is. Nobody is let in by this, so its signature is the server's business."""
    if token is None:
        return None
    try:
        sub = jwt.decode(token, options={"verify_signature": False}).get("sub")
    except jwt.PyJWTError:
        return None
    return sub if isinstance(sub, str) else None


def _places(given: tuple[str, ...]) -> tuple[int, ...]:
    words = [word for one in given for word in one.replace(",", " ").split()]
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            raise CouldNotRun(f"--cut-at {word}: an event's number is needed, such as 0 or 12.")
    return tuple(int(word) for word in words)
