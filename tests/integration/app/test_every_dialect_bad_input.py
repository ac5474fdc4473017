"""Bad input, in every dialect over every transport: told what is wrong, and nothing changed."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tests.integration.app.doors import HttpDoor, PlainDoor, SocketDoor, door, spelled
from tests.integration.app.serving import SPOKEN, every_contract, serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, pick
from tokentape.errors import CODES

HELLO = Turn(message="Hello", user="somebody")
LIMITS = {"max_message_chars": 100}
over_http = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)
over_socketio = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "socketio"], ids=lambda one: one.key
)
over_plain_websockets = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "websocket"], ids=lambda one: one.key
)


def place_of_message(contract: Contract) -> str:
    """The path of the question, as a refusal names it: found in the dialect's own template."""
    return next(_places(spelled(contract, HELLO), HELLO.message, ""))


def _places(value: Any, wanted: str, path: str) -> Iterator[str]:
    if value == wanted:
        yield path
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, one in inner:
        yield from _places(one, wanted, f"{path}.{key}" if path else str(key))


def with_message(contract: Contract, said_: Any) -> Any:
    payload = spelled(contract, HELLO)
    *above, last = place_of_message(contract).split(".")
    holder = payload
    for key in above:
        holder = holder[int(key) if isinstance(holder, list) else key]
    holder[last] = said_
    return payload


@asynccontextmanager
async def refusing(
    contract: Contract, folder: Path, **limits: int
) -> AsyncIterator[HttpDoor | SocketDoor]:
    """A door where all that is asked must be refused: nothing reaches the upstream or the store,
    and the same connection takes a turn afterwards."""
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(folder, upstream.url, **limits)) as app,
        door(app.url, contract) as one,
    ):
        yield one
        assert upstream.requests == []
        assert await app.count_messages() == 0
        assert (await one.start(spelled(contract, HELLO))).code is None


@every_contract
async def test_message_that_is_none_is_refused_by_name(contract: Contract, tmp_path: Path) -> None:
    async with refusing(contract, tmp_path, **LIMITS) as one:
        for bad in ("", "  \n", "x" * 101, 7, None, ["x"], {"x": 1}, True, "a\x00b"):
            payload = with_message(contract, bad)
            reply = await one.start(payload)
            assert (bad, reply.code) == (bad, "BAD_REQUEST")
            assert reply.status in (None, 422)
            assert f"`{place_of_message(contract)}`" in reply.message


@every_contract
async def test_payload_that_is_no_object_is_refused(contract: Contract, tmp_path: Path) -> None:
    async with refusing(contract, tmp_path) as one:
        no_objects: list[Any] = ["Hello", 7, 1.5, True, [], [{}], {}, None]
        for bad in no_objects:
            reply = await one.start(bad)
            assert (bad, reply.code) == (bad, "BAD_REQUEST")
            assert reply.status in (None, 400, 422)


@every_contract
async def test_unknown_fields_are_let_be(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        payload = spelled(contract, HELLO) | {"extra": {"of": ["the client's"]}, "own": None}
        assert (await one.start(payload)).code is None


@every_contract
async def test_payload_over_a_megabyte_is_refused_and_the_next_one_runs(
    contract: Contract, tmp_path: Path
) -> None:
    async with refusing(contract, tmp_path) as one:
        reply = await one.start(spelled(contract, HELLO) | {"extra": "ü" * 600_000})
        assert (reply.code, reply.status) in (("BAD_REQUEST", None), ("BAD_REQUEST", 413))
        assert "bytes" in reply.message


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{nonsense",
    "cut short": b'{"message": "Hel',
    "broken UTF-8": b'{"message": "\xff\xfe"}',
    "half a character": b'{"message": "\\ud800"}',
    "not a number": b'{"message": NaN}',
    "nested too deep": b'{"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two values": b'{"message": "a"}{"message": "b"}',
}


@over_http
async def test_body_that_can_not_be_read_is_refused(contract: Contract, tmp_path: Path) -> None:
    async with refusing(contract, tmp_path) as one:
        assert isinstance(one, HttpDoor)
        for broken, body in BROKEN.items():
            reply = await one.post(body)
            assert (broken, reply.code, reply.status) == (broken, "BAD_REQUEST", 400)


@over_socketio
async def test_packet_that_can_not_be_read_is_refused_and_the_connection_stays(
    contract: Contract, tmp_path: Path
) -> None:
    async with refusing(contract, tmp_path) as one:
        assert isinstance(one, SocketDoor)
        event = orjson.dumps(one.event).decode()
        for rest in (
            f"[{event},{{nonsense]",
            f"[{event}," + "[" * 100_000 + "]" * 100_000 + "]",
            f'[{event},"\\ud800"]',
            f"[{event},{{}},{{}}]",
            '["connect",{}]',
            '["disconnect"]',
            '["*",{}]',
            '["no such event",{}]',
            "[7]",
            "[]",
            '{"a":1}',
            "",
        ):
            one.events.clear()
            await send_raw(one, rest)
            _, told = await one.until_end()
            assert (rest[:40], told["code"]) == (rest[:40], "BAD_REQUEST")


def nested(contract: Contract, levels: int, *, lists: bool) -> str:
    """A turn's payload of so many levels, itself the first."""
    inner = levels - 1
    deep = "[" * inner + "]" * inner if lists else '{"a":' * inner + "1" + "}" * inner
    return f'{orjson.dumps(spelled(contract, HELLO)).decode()[:-1]},"extra":{deep}}}'


async def start_raw(one: HttpDoor | SocketDoor, payload: str) -> tuple[str | None, str]:
    """Code and message of a turn whose payload is written out."""
    if isinstance(one, HttpDoor):
        reply = await one.post(payload.encode())
        return reply.code, reply.message
    one.events.clear()
    event = orjson.dumps(one.event).decode()
    if isinstance(one, PlainDoor):
        await one.plain.send(f'{{"event":{event},"data":{payload}}}')
    else:
        await send_raw(one, f"[{event},{payload}]")
    name, told = await one.until_end()
    kind = one.contract.kind_of(name, told)
    code = pick(told, kind.code) if kind and kind.code else None
    return code, orjson.dumps(told).decode()


@every_contract
async def test_payload_that_is_nested_too_deep_is_refused_and_says_so(
    contract: Contract, tmp_path: Path
) -> None:
    async with refusing(contract, tmp_path) as one:
        for levels in (255, 256, 300, 1_000, 1_023, 1_024, 1_100, 50_000):
            for lists in (True, False):
                code, message = await start_raw(one, nested(contract, levels, lists=lists))
                assert (levels, code) == (levels, "BAD_REQUEST")
                assert "nested deeper than 250 levels" in message


@every_contract
async def test_payload_that_is_nested_as_deep_as_may_be_is_taken(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        # A frame or a packet is a level of its own.
        levels = 250 if isinstance(one, HttpDoor) else 249
        code, _ = await start_raw(one, nested(contract, levels, lists=False))
        assert code is None
        # Broad is not deep.
        broad = "[" + ",".join(["[]"] * 1_000) + "]"
        payload = orjson.dumps(spelled(contract, HELLO)).decode()
        code, _ = await start_raw(one, f'{payload[:-1]},"extra":{broad}}}')
        assert code is None


@over_socketio
async def test_binary_payload_is_refused_and_the_connection_stays(
    contract: Contract, tmp_path: Path
) -> None:
    async with refusing(contract, tmp_path) as one:
        reply = await one.start(spelled(contract, HELLO) | {"extra": b"\x00\x01"})
        assert (reply.code, "Binary" in reply.message) == ("BAD_REQUEST", True)


@over_plain_websockets
async def test_frame_that_can_not_be_read_is_refused_and_the_connection_stays(
    contract: Contract, tmp_path: Path
) -> None:
    async with refusing(contract, tmp_path) as one:
        assert isinstance(one, PlainDoor)
        frames: list[str | bytes] = [
            "",
            "{nonsense",
            "[" * 100_000,
            '"text"',
            "[]",
            "{}",
            '{"event": 7}',
            '{"event": "chat:ask", "data": "\\ud800"}',
            '{"event": "chat:ask", "ackId": {}}',
            '{"event": "no such event"}',
            '{"event": "auth"}',
            b'{"event": "chat:ask"}',
        ]
        for frame in frames:
            one.events.clear()
            await one.plain.send(frame)
            _, told = await one.until_end()
            assert (frame[:40], told["code"]) == (frame[:40], "BAD_REQUEST")


async def send_raw(one: SocketDoor, rest: str) -> None:
    """An event packet of the door's namespace with this as its data."""
    from engineio import packet

    place = "" if one.contract.namespace == "/" else f"{one.contract.namespace},"
    await one.sio.eio._send_packet(packet.Packet(packet.MESSAGE, f"2{place}{rest}"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def payloads(contract: Contract) -> st.SearchStrategy[Any]:
    """Mostly like a turn, with any field missing or of any shape."""
    whole = spelled(contract, HELLO)
    names = [*whole, "sessionId", "conversationId", "token", "model", "maxTokens", "temperature"]
    likely = {name: st.just(whole[name]) | VALUES if name in whole else VALUES for name in names}
    return VALUES | st.fixed_dictionaries({}, optional=likely)


@every_contract
@given(found=st.data())
@examples(2)
async def test_no_payload_breaks_anything(
    contract: Contract, tmp_path_factory: pytest.TempPathFactory, found: st.DataObject
) -> None:
    tried = found.draw(st.lists(payloads(contract), min_size=5, max_size=12))
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path_factory.mktemp("any"), upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        replies = [await one.start(payload) for payload in tried]
        codes = [reply.code for reply in replies]
        known = {"BAD_REQUEST", "NOT_FOUND", "INVALID_MODEL", "UNAUTHORIZED", None}
        assert set(codes) <= known
        for reply in replies:
            assert reply.status in (
                None,
                200,
                202,
                413,
                422,
                CODES[reply.code or "BAD_REQUEST"].status,
            )
        accepted = codes.count(None)
        assert len(upstream.requests) == accepted
        assert await app.count_messages() == 2 * accepted
        assert (await one.start(spelled(contract, HELLO))).code is None
