"""The table of a client's states is what both clients do: each row is walked, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, cast

import pytest

from tests.integration.app.client.raw import (
    DONE,
    HEAD,
    Hang,
    Reset,
    Sleeper,
    Stuck,
    event,
    raw,
    refusal,
)
from tests.integration.app.client.sockets import Peer, sockets
from tokentape.client.failures import Failure
from tokentape.client.http_connection import HttpCall
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions
from tokentape.client.sse_client import SSEClient, SSEOptions
from tokentape.client.state import CONNECTION, OVER, ConnectionState, check_move

Moves = set[tuple[ConnectionState, ConnectionState]]
ROWS: Moves = {(before, after) for before, to in CONNECTION.items() for after in to.values()}
UNNOTICED: Moves = {(ConnectionState.RECONNECTING, ConnectionState.RECONNECTING)}
"""A loss that follows a loss: the state is what it was."""


class States:
    """What a client has been in, from the first on."""

    def __init__(self) -> None:
        self.order = [ConnectionState.DISCONNECTED]
        self._changed = asyncio.Event()

    def on_state(self, state: ConnectionState) -> None:
        self.order.append(state)
        self._changed.set()

    async def until(self, state: ConnectionState, times: int = 1) -> None:
        async with asyncio.timeout(60):
            while self.order.count(state) < times:
                self._changed.clear()
                await self._changed.wait()

    @property
    def moves(self) -> Moves:
        return {*pairwise(self.order)}


async def sse(states: States, *scripts: Any, again: bool = False, **options: Any) -> None:
    """A client that joins its answer, once or twice."""
    async with raw(*scripts) as server:
        call = HttpCall(method="GET", url=f"{server.url}/ask")
        client = SSEClient(
            call,
            SSEOptions(resume=lambda _last: call, **options),
            on_state=states.on_state,
            sleep=Sleeper(),
        )
        for _ in range(1 + again):
            try:
                async with client:
                    await client.join()
            except Failure:
                pass


async def sse_left_waiting(states: States) -> None:
    async with raw(refusal(503)) as server:
        call = HttpCall(method="GET", url=f"{server.url}/ask")
        options = SSEOptions(resume=lambda _last: call)
        async with SSEClient(call, options, on_state=states.on_state, sleep=Stuck()):
            await states.until(ConnectionState.RECONNECTING)


async def sse_left_connecting(states: States) -> None:
    async with raw([Hang()]) as server:
        call = HttpCall(method="GET", url=f"{server.url}/ask")
        async with SSEClient(call, on_state=states.on_state):
            await server.asked.wait()


ANSWER = [HEAD, event(0, "a"), DONE]
SSE: tuple[Callable[[States], Awaitable[None]], ...] = (
    lambda states: sse(states, ANSWER),
    lambda states: sse(states, refusal(404), again=True),
    lambda states: sse(states, refusal(503), refusal(503), refusal(404)),
    lambda states: sse(states, [HEAD, event(0, "a"), Reset()], ANSWER),
    lambda states: sse(states, [HEAD, event(0, "a"), Reset()], max_retries=0),
    sse_left_waiting,
    sse_left_connecting,
)


async def test_the_sse_client_walks_every_row_and_no_other() -> None:
    moves: Moves = set()
    for course in SSE:
        states = States()
        await course(states)
        assert states.order[-1] in OVER
        moves |= states.moves
    assert moves == ROWS - UNNOTICED


async def cut(peer: Peer, _number: int) -> None:
    peer.cut()


async def cut_once(peer: Peer, number: int) -> None:
    if number == 1:
        peer.cut()


async def stay(_peer: Peer, _number: int) -> None:
    """The connection stays."""


@pytest.mark.parametrize("transport", ["socketio", "websocket"])
async def test_the_realtime_client_walks_every_row_and_no_other(transport: str) -> None:
    moves: Moves = set()

    def client(url: str, states: States, sleep: Sleeper, **more: Any) -> RealtimeClient:
        options = RealtimeOptions(transport=cast(Any, transport), namespace="/ai", **more)
        return RealtimeClient(url, options, on_state=states.on_state, sleep=sleep)

    async with sockets(transport, stay) as server:
        states = States()
        async with client(server.url, states, Sleeper()):
            pass
        moves |= states.moves
    async with raw([Hang()]) as silent:
        states = States()
        connecting = asyncio.create_task((one := client(silent.url, states, Sleeper())).connect())
        await silent.asked.wait()
        await one.disconnect()
        await connecting
        moves |= states.moves
    async with sockets(transport, stay, status=404) as server:
        states = States()
        one = client(server.url, states, Sleeper())
        for _ in range(2):
            with pytest.raises(Failure):
                await one.connect()
            await one.disconnect()
        moves |= states.moves
    async with sockets(transport, stay, status=503) as server:
        states = States()
        with pytest.raises(Failure):
            await client(server.url, states, Sleeper(), reconnection_attempts=2).connect()
        moves |= states.moves
        states = States()
        one = client(server.url, states, Stuck())
        connecting = asyncio.create_task(one.connect())
        await states.until(ConnectionState.RECONNECTING)
        await one.disconnect()
        await connecting
        moves |= states.moves
    async with sockets(transport, cut_once) as server:
        states = States()
        async with client(server.url, states, Sleeper()):
            await states.until(ConnectionState.CONNECTED, times=2)
        moves |= states.moves
    async with sockets(transport, cut) as server:
        states = States()
        async with client(server.url, states, Sleeper(), reconnection=False):
            await states.until(ConnectionState.FAILED)
        moves |= states.moves
    assert moves == ROWS - UNNOTICED


def test_a_move_that_is_no_row_is_a_fault_of_ours() -> None:
    for before in ConnectionState:
        for after in ConnectionState:
            if (before, after) in ROWS:
                check_move(before, after)
            else:
                with pytest.raises(RuntimeError, match=f"from {before} to {after}"):
                    check_move(before, after)
