"""Asked: a check as somebody asked for it, on a command line or a page, and what that wants done.

Reads no file and no environment: what those say is handed in.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jwt

from app.check.wanted import MESSAGE, CouldNotRun, Wanted
from app.contract.contract import Contract
from app.contract.openai import LASTING, OPENAI

OPENAI_MODEL = "gpt-4o-mini"
AT_ONCE_MAX = 1_000
"""Connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a command line and a page say alike. Times are in the unit that their names say; `None`
    leaves it to the check."""

    url: str
    token: str | None = None
    model: str | None = None
    message: str | None = None
    turns: int = 1
    viewers: int = 1
    users: int = 1
    cut_at: tuple[str, ...] = ()
    cuts: int = 0
    stop: bool = False
    expect: str | None = None
    max_ttft_ms: float | None = None
    max_gap_ms: float | None = None
    silence_s: float = 30.0
    longest_s: float = 300.0
    mock: str | None = None
    mock_token: str | None = field(default=None, repr=False)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Wish):
    contract: Contract


def wanted_of(asked: Asked, openai_key: str | None = None) -> Wanted:
    """`openai_key` is for a server of OpenAI's kind where no token was given.

    Raises `CouldNotRun` with what to write instead.
    """
    if asked.users * asked.viewers > AT_ONCE_MAX:
        raise CouldNotRun(f"--users with --viewers each: {AT_ONCE_MAX:,} at once are the most.")
    for option, secret in (("--token", asked.token), ("--mock-token", asked.mock_token)):
        if secret is not None and not secret.isprintable():
            raise CouldNotRun(f"{option}: it has characters that no header may have.")
    contract, token = asked.contract, asked.token
    if asked.cut_at or asked.cuts:
        contract = LASTING.get(contract.dialect, contract)
    if token is None and contract.dialect in OPENAI:
        token = openai_key or "sk-none"
    return Wanted(
        url=_address(asked.url),
        contract=contract,
        token=token,
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
        max_first_token_ms=asked.max_ttft_ms,
        max_gap_ms=asked.max_gap_ms,
        mock_url=asked.mock,
        mock_token=asked.mock_token,
        seed=asked.seed,
        silence_s=asked.silence_s,
        longest_s=asked.longest_s,
    )


def _address(url: str) -> str:
    try:
        address = urlsplit(url)
        right = address.scheme in ("http", "https") and bool(address.hostname)
        _ = address.port  # raises for one that is none
    except ValueError:
        right = False
    if not right:
        raise CouldNotRun(f"{url!r} is no address: write it as http://127.0.0.1:8000")
    return url.rstrip("/")


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
