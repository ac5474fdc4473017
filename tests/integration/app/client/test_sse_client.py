"""SSEClient over real sockets, with a clock that is not waited for."""

import asyncio
import gc
import random
from collections.abc import Callable

import pytest

from tests.integration.app.client.raw import (
    DONE,
    HEAD,
    Hang,
    Raw,
    Reset,
    Script,
    Sleeper,
    Stuck,
    event,
    raw,
    refusal,
)
from tokentape.client.failures import Failure, Lost, TurnRefused, Unreachable, WrongType
from tokentape.client.http_connection import HttpCall
from tokentape.client.sse import ServerSentEvent
from tokentape.client.sse_client import SSEClient, SSEOptions, never
from tokentape.client.state import ConnectionState

WHOLE: Script = [HEAD, event(0, "a"), event(1, "b"), DONE]


def resume(url: str) -> Callable[[str], HttpCall]:
    return lambda last: HttpCall(method="GET", url=f"{url}/resume", headers={"Last-Event-ID": last})


class Watched:
    """A client and everything that it tells."""

    def __init__(self, server: Raw, method: str = "POST", seed: int = 1, **options: object) -> None:
        self.sleeper = Sleeper()
        self.states: list[str] = []
        self.told: list[str] = []
        chosen = SSEOptions(**{"resume": resume(server.url), **options})  # type: ignore[arg-type] # its own fields
        self.client = SSEClient(
            HttpCall(
                method=method, url=f"{server.url}/ask", body=b"{}" if method == "POST" else None
            ),
            chosen,
            on_state=lambda state: self.states.append(str(state)),
            chance=random.Random(seed),
            sleep=self.sleeper,
        )
        for name in ("open", "error", "close", "message", "progress"):
            self.client.on(name, lambda *_, name=name: self.told.append(name))

    async def data(self) -> list[str]:
        async with self.client as client:
            return [arrival.event.data async for arrival in client]


async def test_stream_is_read_to_its_end() -> None:
    async with raw(WHOLE) as server:
        watched = Watched(server)
        assert await watched.data() == ["a", "b", "[DONE]"]
        assert watched.states == ["connecting", "connected", "disconnected"]
        assert watched.told == ["open", "message", "message", "message", "close"]
        assert server.requests[0].startswith("POST /ask HTTP/1.1\r\n")
        assert "accept: text/event-stream" in server.requests[0].lower()


@pytest.mark.parametrize("cut", [[], [Reset()], [event(2, "never")[:12]], [b"data: {"]])
async def test_lost_stream_is_resumed_after_its_last_event(cut: list[bytes | Reset]) -> None:
    first: Script = [HEAD, event(0, "a"), event(1, "b"), *cut]
    rest: Script = [HEAD, event(2, "c"), DONE]
    async with raw(first, rest) as server:
        watched = Watched(server)
        assert (await watched.data())[-1] == "[DONE]"
        assert watched.states == [
            "connecting",
            "connected",
            "reconnecting",
            "connected",
            "disconnected",
        ]
        assert server.requests[1].startswith("GET /resume HTTP/1.1\r\n")
        if not isinstance(cut[0] if cut else b"", Reset):  # a reset may take what was sent with it
            assert "last-event-id: run:1\r\n" in server.requests[1].lower()


async def test_what_a_resumed_stream_repeats_is_dropped_unless_it_is_looked_for() -> None:
    again: Script = [HEAD, event(0, "a"), event(1, "b"), event(2, "c"), DONE]
    for skip, data in ((True, ["a", "b", "c"]), (False, ["a", "b", "a", "b", "c"])):
        async with raw([HEAD, event(0, "a"), event(1, "b")], again) as server:
            assert await Watched(server, skip_repeated=skip).data() == [*data, "[DONE]"]


@pytest.mark.parametrize("number", ["²", "9" * 5_000, "", "x", "-1"])
async def test_an_id_that_ends_in_no_number_repeats_nothing(number: str) -> None:
    odd = f"id: run:{number}\ndata: a\n\n".encode()
    async with raw([HEAD, odd], [HEAD, odd, DONE]) as server:
        assert await Watched(server).data() == ["a", "a", "[DONE]"]


async def test_question_is_not_asked_twice_once_something_came() -> None:
    async with raw([HEAD, event(0, "a")]) as server:
        watched = Watched(server, resume=None)
        with pytest.raises(Lost):
            await watched.data()
        assert len(server.requests) == 1
        assert watched.states[-1] == "failed"
        assert watched.told == ["open", "message", "error", "close"]


async def test_get_is_repeated_with_the_last_event_id() -> None:
    async with raw([HEAD, event(7, "a")], [HEAD, DONE]) as server:
        await Watched(server, method="GET", resume=None).data()
        assert "last-event-id: run:7" in server.requests[1].lower()


async def test_waits_are_the_documented_ones_and_then_it_fails() -> None:
    async with raw(refusal(503)) as server:
        watched = Watched(server, seed=42)
        with pytest.raises(TurnRefused, match="503 SAD: not now"):
            await watched.data()
        chance = random.Random(42)
        assert watched.sleeper.waits == [chance.uniform(0, top) for top in (1, 2, 4, 8, 16)]
        assert len(server.requests) == 6
        assert watched.states == ["connecting", "reconnecting", "failed"]


async def test_attempts_are_counted_anew_once_something_came() -> None:
    flaky: list[Script] = [[HEAD, event(number, "x")] for number in range(12)]
    async with raw(*flaky, [HEAD, DONE]) as server:
        watched = Watched(server, max_retries=1)
        assert len(await watched.data()) == 13
        assert all(wait <= 1 for wait in watched.sleeper.waits)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
async def test_client_error_is_never_retried(status: int) -> None:
    async with raw(refusal(status)) as server:
        watched = Watched(server)
        with pytest.raises(TurnRefused) as raised:
            await watched.data()
        assert (raised.value.status, len(server.requests)) == (status, 1)
        assert watched.states == ["connecting", "failed"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
async def test_error_that_time_may_mend_is_retried(status: int) -> None:
    async with raw(refusal(status), WHOLE) as server:
        assert (await Watched(server).data())[-1] == "[DONE]"
        assert len(server.requests) == 2


async def test_retry_after_is_honoured() -> None:
    async with raw(refusal(429, "Retry-After: 17\r\n"), WHOLE) as server:
        watched = Watched(server)
        await watched.data()
        assert watched.sleeper.waits == [17.0]


async def test_server_chooses_the_first_wait_by_retry() -> None:
    async with raw([HEAD, b"retry: 20000\n", event(0, "a")], WHOLE) as server:
        watched = Watched(server, seed=3)
        await watched.data()
        assert watched.sleeper.waits == [random.Random(3).uniform(0, 20)]


async def test_silence_counts_as_lost() -> None:
    async with raw([HEAD, event(0, "a"), Hang()], [HEAD, event(1, "b"), DONE]) as server:
        watched = Watched(server, silence=0.05)
        assert await watched.data() == ["a", "b", "[DONE]"]
        await server.left.wait()


async def test_heartbeats_are_no_silence_and_no_events() -> None:
    beats = [b": heartbeat\n\n"] * 5
    async with raw([HEAD, *beats, event(0, "a"), DONE]) as server:
        assert await Watched(server).data() == ["a", "[DONE]"]


async def test_server_that_is_not_there_is_unreachable() -> None:
    async with raw(WHOLE) as server:
        pass
    watched = Watched(server, max_retries=2)
    with pytest.raises(Unreachable, match="POST http://127"):
        await watched.data()
    assert len(watched.sleeper.waits) == 2


async def test_answer_of_another_type_is_a_failure_and_not_retried() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbusy"
    async with raw([page]) as server:
        with pytest.raises(WrongType, match="text/html"):
            await Watched(server).data()
        assert len(server.requests) == 1


async def test_custom_events_reach_their_listeners_until_they_leave() -> None:
    named = b"event: progress\ndata: 1\n\n"
    async with raw([HEAD, named, named, DONE]) as server:
        watched = Watched(server)
        seen: list[ServerSentEvent] = []

        def once(event: ServerSentEvent) -> None:
            seen.append(event)
            off()

        off = watched.client.on("progress", once)
        async with watched.client:
            await watched.client.join()
        assert [(one.event, one.data) for one in seen] == [("progress", "1")]
        assert watched.told == ["open", "progress", "progress", "message", "close"]


async def test_what_comes_after_the_end_is_seen_by_who_lingers() -> None:
    async with raw([HEAD, DONE, event(0, "late"), Hang()]) as server:
        assert await Watched(server, linger=0.05).data() == ["[DONE]", "late"]
        await server.left.wait()
        assert await Watched(server, linger=0.0).data() in (["[DONE]"], ["[DONE]", "late"])


async def test_slow_reader_holds_up_the_server_and_loses_nothing() -> None:
    many = b"".join(event(number, "x" * 200) for number in range(50_000))
    async with raw([HEAD, many, DONE]) as server:
        watched = Watched(server)
        count = 0
        async with watched.client as client:
            async for _ in client:
                count += 1
                if count == 1:
                    await server.held_up.wait()
                    assert not server.left.is_set()
        assert count == 50_001


async def connecting(server: Raw, _stuck: Stuck, _client: SSEClient) -> None:
    await server.asked.wait()


async def connected(_server: Raw, _stuck: Stuck, client: SSEClient) -> None:
    async for _ in client:
        break


async def reconnecting(_server: Raw, stuck: Stuck, _client: SSEClient) -> None:
    await stuck.waiting.wait()


async def at_once(_server: Raw, _stuck: Stuck, _client: SSEClient) -> None:
    pass


async def over(_server: Raw, _stuck: Stuck, client: SSEClient) -> None:
    await client.join()


CANCELLED: dict[str, tuple[Script, Callable[..., object], str]] = {
    "at once": ([Hang()], at_once, "connecting"),
    "connecting": ([Hang()], connecting, "connecting"),
    "connected": ([HEAD, event(0, "a"), Hang()], connected, "connected"),
    "reconnecting": (refusal(503), reconnecting, "reconnecting"),
    "disconnected": ([HEAD, DONE], over, "disconnected"),
}


@pytest.mark.parametrize("state", CANCELLED)
async def test_cancel_in_every_state_leaves_no_task_and_no_socket(state: str) -> None:
    script, until, before = CANCELLED[state]
    async with raw(script) as server:
        stuck = Stuck()
        states: list[ConnectionState] = []
        call = HttpCall(method="POST", url=server.url)
        client = SSEClient(call, on_state=states.append, sleep=stuck)
        async with client:
            await until(server, stuck, client)  # type: ignore[misc] # one of the coroutines above
            assert client.state == before
        assert client.state is ConnectionState.DISCONNECTED
        assert states.count(ConnectionState.DISCONNECTED) == 1
        if server.requests:
            await server.left.wait()
    gc.collect()  # an unclosed socket would warn, and a warning is an error
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_reader_ends_when_the_client_is_cancelled_elsewhere() -> None:
    async with raw([HEAD, event(0, "a"), Hang()]) as server:
        client = SSEClient(HttpCall(method="POST", url=server.url))
        tasks: list[asyncio.Future[None]] = []
        async with client:
            data = []
            async for arrival in client:
                data.append(arrival.event.data)
                asyncio.get_running_loop().call_soon(
                    lambda: tasks.append(asyncio.ensure_future(client.disconnect()))
                )
            assert data == ["a"]
            await asyncio.gather(*tasks)


async def test_endless_stream_has_no_end_and_is_taken_up_again() -> None:
    async with raw([HEAD, event(0, "a")], [HEAD, event(1, "[DONE]")], refusal(404)) as server:
        watched = Watched(server, method="GET", resume=None, ends=never)
        with pytest.raises(Failure):
            await watched.data()
        assert len(server.requests) == 3
