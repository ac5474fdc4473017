"""The page's visitors count by their own addresses, and nobody can make one up."""

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.unit.app.secret import SECRET
from tokentape.access.visitors import AGE_MAX_S, HEADER, Seated, Visitors
from tokentape.settings import Settings

PEER = ("127.0.0.1", 5)


def visitors(now_s: float = 1_000.0, **given: Any) -> Visitors:
    return Visitors(Settings(**{"jwt_secret": SECRET, **given}), lambda: now_s)


async def peer_of(headers: list[tuple[bytes, bytes]], reader: Visitors) -> Any:
    seen: list[Any] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["client"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError("neither read nor written")

    scope = {"type": "http", "client": PEER, "headers": headers}
    await Seated(app, reader)(scope, nothing, nothing)
    return seen[0]


def header(value: str) -> tuple[bytes, bytes]:
    return (HEADER.lower().encode(), value.encode())


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::7"])
async def test_vouched_address_is_the_requests(address: str) -> None:
    written = visitors().vouch(address)[HEADER]
    assert await peer_of([header(written)], visitors()) == (address, 0)


@pytest.mark.parametrize("address", ["unknown", "", "6.6.6.6 1", "testclient", "1.2.3.4\r\nX: y"])
def test_what_is_no_address_is_not_vouched_for(address: str) -> None:
    assert visitors().vouch(address) == {}


async def test_made_up_header_changes_nothing() -> None:
    good = visitors().vouch("203.0.113.9")[HEADER]
    address, written, signature = good.split(" ")
    stranger = visitors(jwt_secret="another-secret-of-enough-length-0123456789")
    for wrong in (
        "",
        " ",
        "6.6.6.6",
        f"6.6.6.6 {written} {signature}",
        f"{address} {int(written) + 1} {signature}",
        f"{address} {written} {signature[:-1]}",
        f"{address} {written} ",
        f"{good} ",
        "\xff \xff \xff",
        stranger.vouch("6.6.6.6")[HEADER],
        visitors(jwt_secret=None).vouch("6.6.6.6")[HEADER],
    ):
        assert await peer_of([header(wrong)], visitors()) == PEER
    assert await peer_of([header(good), header(good)], visitors()) == PEER
    assert await peer_of([], visitors()) == PEER


async def test_vouched_address_grows_old() -> None:
    written = visitors(1_000).vouch("203.0.113.9")[HEADER]
    assert await peer_of([header(written)], visitors(1_000 + AGE_MAX_S)) != PEER
    assert await peer_of([header(written)], visitors(1_001 + AGE_MAX_S)) == PEER


async def test_without_a_secret_each_process_believes_itself_alone() -> None:
    own, other = visitors(jwt_secret=None), visitors(jwt_secret=None)
    written = own.vouch("203.0.113.9")[HEADER]
    assert await peer_of([header(written)], own) == ("203.0.113.9", 0)
    assert await peer_of([header(written)], other) == PEER
