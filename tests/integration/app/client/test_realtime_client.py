"""RealtimeClient over Socket.IO and over a plain WebSocket, with a clock that is not waited for."""

import asyncio
import gc
import random
from collections.abc import Callable
from typing import Any, Literal, cast

import pytest

from tests.integration.app.client.raw import Sleeper, Stuck
from tests.integration.app.client.sockets import Peer, Sockets, sockets
from tokentape.client.failures import Failure, Lost, Unreachable, Unwelcome
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.state import ConnectionState
from tokentape.contract.timeline import Malformed

each_transport = pytest.mark.parametrize("transport", ["socketio", "websocket"])
Transport = Literal["socketio", "websocket"]


async def silent(_peer: Peer, _number: int) -> None:
    pass


class Watched:
    def __init__(self, server: Sockets, seed: int = 1, **options: Any) -> None:
        self._changed = asyncio.Event()
        self.sleeper = Sleeper()
        self.states: list[str] = []
        self.errors: list[Failure] = []
        self.client = RealtimeClient(
            server.url,
            RealtimeOptions(
                transport=cast(Transport, server.transport),
                namespace="/ws" if server.transport == "websocket" else "/ai",
                **options,
            ),
            on_state=self._on_state,
            chance=random.Random(seed),
            sleep=self.sleeper,
        )
        self.client.on("error", self.errors.append)
        for event in ("*", "error"):
            self.client.on(event, lambda _told: self._changed.set())

    def _on_state(self, state: ConnectionState) -> None:
        self.states.append(str(state))
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Looks again after each event, error and change of state, for five seconds."""
        async with asyncio.timeout(60):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@each_transport
async def test_events_are_heard_sent_and_acknowledged(transport: str) -> None:
    async def serve(peer: Peer, _number: int) -> None:
        await peer.send("message:new", {"content": "Grüße 🙂"})
        event, payload, _ = await peer.receive()
        await peer.send("echo", [event, payload])
        event, payload, number = await peer.receive()
        await peer.acknowledge(number, {"ok": True, "was": payload})

    async with sockets(transport, serve) as server:
        watched = Watched(server)
        heard: list[Any] = []
        watched.client.on("message:new", heard.append)
        watched.client.on("echo", heard.append)
        async with watched.client as client:
            client.emit("typing:start", {"roomId": "r"})
            await watched.until(lambda: len(heard) == 2)
            assert heard == [{"content": "Grüße 🙂"}, ["typing:start", {"roomId": "r"}]]
            assert await client.call("room:join", {"roomId": "r"}) == {
                "ok": True,
                "was": {"roomId": "r"},
            }
        assert watched.states == ["connecting", "connected", "disconnected"]


@each_transport
async def test_token_travels_in_the_handshake_or_in_the_first_frame(transport: str) -> None:
    first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def serve(peer: Peer, _number: int) -> None:
        first.set_result(await peer.receive())

    async with sockets(transport, serve) as server:
        watched = Watched(server, auth={"token": "t", "userId": "u"})
        async with watched.client as client:
            client.emit("hello")
            event, payload, _ = await first
    told = server.auths if transport == "socketio" else [payload]
    assert told == [{"token": "t", "userId": "u"}]
    assert event == ("hello" if transport == "socketio" else "auth")


@each_transport
async def test_lost_connection_comes_back_and_resumes_what_has_not_ended(transport: str) -> None:
    asked: list[Any] = []

    async def serve(peer: Peer, number: int) -> None:
        if number == 1:
            for run, seq in (("one", 0), ("two", 0), ("one", 1), ("over", 0)):
                await peer.send("piece", {"runId": run, "seq": seq, "over": run == "over"})
            peer.cut()
            return
        for _ in range(2):
            event, payload, ack = await peer.receive()
            asked.append((event, payload))
            await peer.acknowledge(ack, {"ok": True, "missed": 1})
            run, last = payload["runId"], payload["lastSeq"]
            await peer.send("piece", {"runId": run, "seq": last})  # again: not told twice
            await peer.send("piece", {"runId": run, "seq": last + 1})

    async with sockets(transport, serve) as server:
        watched = Watched(
            server, ends=lambda _event, payload: "over" in payload and payload["over"]
        )
        heard: list[tuple[str, int]] = []
        watched.client.on("piece", lambda p: heard.append((p["runId"], p["seq"])))
        async with watched.client:
            await watched.until(lambda: len(heard) == 6)
        assert sorted(asked, key=str) == [
            ("resume", {"runId": "one", "lastSeq": 1}),
            ("resume", {"runId": "two", "lastSeq": 0}),
        ]
        assert sorted(heard) == [
            ("one", 0),
            ("one", 1),
            ("one", 2),
            ("over", 0),
            ("two", 0),
            ("two", 1),
        ]
        assert watched.states[:4] == ["connecting", "connected", "reconnecting", "connected"]


@each_transport
async def test_run_that_can_t_be_resumed_is_told(transport: str) -> None:
    async def serve(peer: Peer, number: int) -> None:
        if number == 1:
            await peer.send("piece", {"runId": "one", "seq": 0})
            peer.cut()
            return
        _, _, ack = await peer.receive()
        await peer.acknowledge(ack, {"ok": False, "code": "RUN_GONE"})

    async with sockets(transport, serve) as server:
        watched = Watched(server)
        async with watched.client:
            await watched.until(lambda: any("RUN_GONE" in str(error) for error in watched.errors))


@each_transport
async def test_waits_grow_to_five_seconds_and_go_on_for_ever(transport: str) -> None:
    async def serve(peer: Peer, _number: int) -> None:
        peer.cut()

    async with sockets(transport, serve) as server:
        watched = Watched(server, seed=9)
        await watched.client.connect()
        await watched.until(lambda: "reconnecting" in watched.states)
        server.status = 503
        await watched.until(lambda: len(watched.sleeper.waits) > 30)
        await watched.client.disconnect()
    waits = watched.sleeper.waits
    # The count begins anew with each connection that was welcome; which were is up to the kernel.
    chance = random.Random(9)
    ceilings = [wait / chance.random() for wait in waits]
    assert [round(ceiling) for ceiling in ceilings[-20:]] == [5] * 20
    assert {round(ceiling) for ceiling in ceilings} <= {1, 2, 4, 5}


@each_transport
async def test_attempts_can_be_bounded(transport: str) -> None:
    async with sockets(transport, silent, status=503) as server:
        watched = Watched(server, reconnection_attempts=3)
        with pytest.raises(Unreachable, match="503"):
            await watched.client.connect()
        assert server.connections == 4
        assert len(watched.sleeper.waits) == 3
        assert watched.states == ["connecting", "reconnecting", "failed"]
        await watched.client.disconnect()
        assert watched.states[-1] == "failed"


@each_transport
@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_client_error_is_never_retried(transport: str, status: int) -> None:
    async with sockets(transport, silent, status=status) as server:
        watched = Watched(server)
        with pytest.raises(Unwelcome, match=str(status)):
            async with watched.client:
                pass
        assert server.connections == 1
        assert watched.states == ["connecting", "failed"]


@each_transport
@pytest.mark.parametrize("status", [408, 425, 429, 503])
async def test_error_that_time_may_mend_is_retried(transport: str, status: int) -> None:
    async with sockets(transport, silent, status=status) as server:
        watched = Watched(server, reconnection_attempts=1)
        with pytest.raises(Unwelcome):
            await watched.client.connect()
        assert server.connections == 2
        await watched.client.disconnect()


async def test_refused_namespace_is_told_with_its_reason() -> None:
    async with sockets("socketio", silent, refuse_with="unauthorized") as server:
        watched = Watched(server)
        with pytest.raises(Unwelcome, match="unauthorized"):
            await watched.client.connect()
        assert (server.connections, watched.client.state) == (1, "failed")
        await watched.client.disconnect()


async def test_server_that_never_welcomes_is_unreachable() -> None:
    async with sockets("socketio", silent, welcome=False) as server:
        watched = Watched(server, timeout=0.05, reconnection=False)
        with pytest.raises(Unreachable, match=r"no connection within 0\.05 s"):
            await watched.client.connect()
        await watched.client.disconnect()


@each_transport
async def test_silent_connection_counts_as_dead(transport: str) -> None:
    async with sockets(transport, silent) as server:
        watched = Watched(server, silence=0.05)
        async with watched.client:
            await watched.until(lambda: server.connections > 1)
        assert isinstance(watched.errors[0], Lost)
        assert "silent for 0.05 s" in str(watched.errors[0])


async def test_server_says_how_long_it_may_be_silent() -> None:
    async with sockets("socketio", silent) as server:
        watched = Watched(server)
        async with watched.client as client:
            assert client._silence_s == 45.0


async def test_pings_are_answered() -> None:
    answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def serve(peer: Peer, _number: int) -> None:
        await peer.socket.send("2")
        answered.set_result(await peer.socket.recv())

    async with sockets("socketio", serve) as server, Watched(server).client:
        assert await answered == "3"


@each_transport
async def test_broken_frames_are_heard_as_such_and_harm_nothing(transport: str) -> None:
    broken: dict[str, list[Any]] = {
        "socketio": ['42/ai,["x",', "42/ai,7", "42/ai,[]", "49/ai,", '42/other,["x",1]', "6"],
        # The last is a binary message in two frames.
        "websocket": ["{", "7", "{}", '{"event": 7}', "[]", b"{}", [b'{"event": ', b'"x"}']],
    }

    async def serve(peer: Peer, _number: int) -> None:
        for frame in broken[transport]:
            await peer.socket.send(frame)
        await peer.send("fine", {"n": 1})

    async with sockets(transport, serve) as server:
        watched = Watched(server)
        heard: list[ReceivedEvent] = []
        watched.client.on("*", heard.append)
        async with watched.client:
            await watched.until(lambda: heard and heard[-1].event == "fine")
    malformed = [one for one in heard if isinstance(one.payload, Malformed)]
    assert len(malformed) == (4 if transport == "socketio" else 7)


@each_transport
async def test_listener_that_fails_is_no_lost_connection(transport: str) -> None:
    async def serve(peer: Peer, _number: int) -> None:
        await peer.send("fine", {})

    async with sockets(transport, serve) as server:
        watched = Watched(server)

        def fail(_payload: Any) -> None:
            raise KeyError("mine")

        watched.client.on("fine", fail)
        with pytest.raises(KeyError, match="mine"):
            async with watched.client:
                await watched.until(lambda: watched.client.state == "failed")
        assert server.connections == 1


@each_transport
async def test_emit_without_a_connection_is_told_and_not_kept(transport: str) -> None:
    async with sockets(transport, silent) as server:
        watched = Watched(server)
        with pytest.raises(Unreachable, match="not connected"):
            watched.client.emit("hello")
        async with watched.client as client:
            pass
        with pytest.raises(Unreachable):
            await client.call("hello")


@each_transport
async def test_call_that_is_not_acknowledged_is_given_up(transport: str) -> None:
    async with (
        sockets(transport, silent) as server,
        Watched(server, timeout=1.5).client as client,
    ):
        with pytest.raises(Unreachable, match="no acknowledgement in time"):
            await client.call("hello")

    async def cut(peer: Peer, _number: int) -> None:
        await peer.receive()
        peer.cut()

    async with sockets(transport, cut) as server, Watched(server).client as client:
        with pytest.raises(Unreachable, match="lost"):
            await client.call("hello")


@each_transport
@pytest.mark.parametrize("state", ["at once", "connecting", "connected", "reconnecting", "failed"])
async def test_cancel_in_every_state_leaves_no_task_and_no_socket(
    transport: str, state: str
) -> None:
    more: dict[str, dict[str, Any]] = {
        "connecting": {"welcome": False},
        "reconnecting": {"status": 503},
        "failed": {"status": 404},
    }
    async with sockets(transport, silent, **more.get(state, {})) as server:
        stuck = Stuck()
        options = RealtimeOptions(transport=cast(Transport, transport), namespace="/ai")
        client = RealtimeClient(server.url, options, sleep=stuck)
        connecting = asyncio.create_task(client.connect())
        if state == "at once":
            await asyncio.sleep(0)
        elif state == "connecting":
            await server.asked.wait()
        elif state == "reconnecting":
            await stuck.waiting.wait()
        else:
            await asyncio.wait({connecting})
        if state not in ("at once", "connecting"):  # plain WebSockets are welcome at once
            assert client.state == state
        await client.disconnect()
        over = ConnectionState.FAILED if state == "failed" else ConnectionState.DISCONNECTED
        assert client.state is over
        await asyncio.gather(connecting, return_exceptions=True)
    gc.collect()  # an unclosed socket would warn, and a warning is an error
    assert asyncio.all_tasks() == {asyncio.current_task()}
