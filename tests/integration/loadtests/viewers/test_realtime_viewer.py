"""What the viewer of sockets says of servers whose every packet is known."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websocket

from tests.integration.loadtests.raw_server import serve
from tokentape.client.socket_events import Incoming
from tokentape.client.socketio_wire import SocketIOWire
from tokentape.client.turn import Turn
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed
from tokentape.dialects.ai_gateway import contract as ai_gateway
from tokentape.dialects.inference import contract as inference
from tokentape_load.judging.answer_result import View
from tokentape_load.judging.connection_errors import SILENT
from tokentape_load.viewers import observation, room_viewer
from tokentape_load.viewers.realtime_viewer import RealtimeViewer
from tokentape_load.viewers.room_viewer import RoomViewer
from tokentape_load.workload.journeys import Deed

ENOUGH_S = 60.0
SILENCE_S = 1.0
"""After which a viewer gives up; what a server here sends comes much sooner."""
OPEN = json.dumps({"sid": "e", "upgrades": [], "pingInterval": 10_000, "pingTimeout": 5_000})
_EVENT = re.compile(r"42/ai,(\d*)(\[.*)")
Answer = Callable[["Peer", Json], None]


class Peer:
    """The server's end of one connection, past the handshakes."""

    def __init__(self, websocket: ServerConnection) -> None:
        self.websocket = websocket
        self.seq = 0

    def say(self, event: str, **payload: Json) -> None:
        payload = {"runId": "r", "seq": self.seq, **payload}
        self.seq += 1
        self.websocket.send(f"42/ai,{json.dumps([event, payload])}")

    def answer(self, *texts: str) -> None:
        self.seq = 0
        self.say("chat:user-message", messageId="m", content="hello")
        for text in texts:
            self.say("chat:message", content=text, isComplete=False)
        self.say("chat:end", conversationId="c", finishReason="stop")

    def hear(self) -> str:
        return str(self.websocket.recv(timeout=ENOUGH_S))


@contextmanager
def gateway(answer: Answer, acknowledged: Json = None) -> Iterator[str]:
    """A server that accepts everybody and answers each event in this way."""

    def attend(websocket: ServerConnection) -> None:
        websocket.send(f"0{OPEN}")
        websocket.recv()
        websocket.send('40/ai,{"sid":"n"}')
        peer = Peer(websocket)
        for message in websocket:
            if found := _EVENT.fullmatch(str(message)):
                if found[1]:
                    websocket.send(f"43/ai,{found[1]}{json.dumps([acknowledged])}")
                answer(peer, json.loads(found[2]))

    with listening(attend) as url:
        yield url


@contextmanager
def listening(attend: Callable[[ServerConnection], None]) -> Iterator[str]:
    def attend_until_gone(websocket: ServerConnection) -> None:
        try:
            attend(websocket)
        except ConnectionClosed:
            return

    with serve_websocket(attend_until_gone, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


@contextmanager
def viewer_of(url: str, silence_s: float = ENOUGH_S) -> Iterator[RealtimeViewer]:
    viewer = RealtimeViewer(url, ai_gateway.SOCKETIO, silence_s=silence_s)
    try:
        yield viewer
    finally:
        viewer.close()


def ask(url: str, silence_s: float = ENOUGH_S) -> View:
    with viewer_of(url, silence_s) as viewer:
        return viewer.view_answer(Turn(message="hello", user="u"))


def kinds(view: View) -> list[str | None]:
    return [seen.kind for seen in view.timeline or ()]


def failures(view: View) -> list[str]:
    return [f"{failure}: {failure.message}" for failure in view.failures]


def test_a_turn_is_spelled_by_the_contract_and_its_answer_seen() -> None:
    asked: list[Json] = []

    def answer(peer: Peer, start: Json) -> None:
        asked.append(start)
        peer.answer("one ", "two ")

    with gateway(answer) as url:
        view = ask(url)
    assert asked == [["chat:start", {"userId": "u", "message": "hello"}]]
    assert kinds(view) == ["chat:user-message", "chat:message", "chat:message", "chat:end"]
    assert [seen.seq for seen in view.timeline or ()] == [0, 1, 2, 3]
    assert view.failures == ()


def test_each_event_is_stamped_before_the_next_one_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server writes on only when the event before was stamped: a buffer would be found out."""
    stamped = threading.Semaphore(0)
    written_ns: list[int] = []
    true_receive = SocketIOWire.receive

    def receive_and_tell(wire: SocketIOWire, received: bytes) -> list[Incoming]:
        incoming = true_receive(wire, received)
        stamped.release()
        return incoming

    def answer(peer: Peer, _: Json) -> None:
        while stamped.acquire(blocking=False):
            pass
        for event in ("chat:user-message", "chat:message", "chat:message", "chat:end"):
            written_ns.append(time.monotonic_ns())
            peer.say(event, content="some ")
            assert stamped.acquire(timeout=ENOUGH_S), "the viewer waits for more than it needs"

    monkeypatch.setattr(SocketIOWire, "receive", receive_and_tell)
    with gateway(answer) as url:
        timeline = ask(url).timeline or ()
    assert len(timeline) == 4
    for seen, wrote, wrote_next in zip(timeline, written_ns, [*written_ns[1:], 2**63], strict=True):
        assert wrote <= seen.at_ns <= wrote_next


def test_turns_share_a_connection_and_keep_their_events_apart() -> None:
    connections: list[ServerConnection] = []

    def answer(peer: Peer, _: Json) -> None:
        connections.append(peer.websocket)
        peer.answer(f"answer {len(connections)}")

    with gateway(answer) as url, viewer_of(url) as viewer:
        texts = [
            [
                seen.text
                for seen in viewer.view_answer(Turn(message="hello")).timeline or ()
                if seen.text
            ]
            for _ in range(3)
        ]
    assert texts == [["answer 1"], ["answer 2"], ["answer 3"]]
    assert len(set(connections)) == 1


def test_an_event_long_after_the_end_is_a_failure_of_the_next_turn() -> None:
    late = threading.Event()
    sent = threading.Event()

    def answer(peer: Peer, _: Json) -> None:
        peer.answer("one ")
        if not sent.is_set():
            late.wait(ENOUGH_S)
            peer.say("chat:message", content="late ")
            sent.set()

    with gateway(answer) as url, viewer_of(url) as viewer:
        first = viewer.view_answer(Turn(message="hello"))
        late.set()
        sent.wait(ENOUGH_S)
        viewer.linger()
        second = viewer.view_answer(Turn(message="hello"))
    assert failures(first) == []
    assert failures(second) == [
        "event_after_end before the stream:"
        " chat:message came long after the end of the answer before this one"
    ]
    assert kinds(second) == ["chat:user-message", "chat:message", "chat:end"]


def test_an_event_of_the_answer_before_in_the_midst_of_the_next_is_told_and_disturbs_nothing() -> (
    None
):
    runs: list[str] = []

    def answer(peer: Peer, _: Json) -> None:
        runs.append(f"run {len(runs)}")
        peer.seq = 0
        peer.say("chat:user-message", runId=runs[-1])
        if len(runs) > 1:
            peer.websocket.send('42/ai,["chat:end",{"runId":"run 0","seq":2}]')
            peer.websocket.send('42/ai,["chat:end",{"runId":"run 0","seq":2}]')
        peer.say("chat:message", runId=runs[-1], content="one ")
        peer.say("chat:end", runId=runs[-1])

    with gateway(answer) as url, viewer_of(url) as viewer:
        assert failures(viewer.view_answer(Turn(message="hello"))) == []
        second = viewer.view_answer(Turn(message="hello"))
    assert kinds(second) == ["chat:user-message", "chat:message", "chat:end"]
    assert failures(second) == [
        "event_after_end before the stream: chat:end of the answer before this one came"
    ]


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "EVENTS_MAX", 30)

    def answer(peer: Peer, _: Json) -> None:
        for _ in range(200):
            peer.say("chat:message", content="more ")

    with gateway(answer) as url:
        view = ask(url)
    assert len(view.timeline or ()) == 30
    assert failures(view) == ["malformed_frame at event 30: an answer of more than 30 events"]


def test_pings_are_answered_while_nothing_is_asked() -> None:
    heard: list[str] = []

    def answer(peer: Peer, _: Json) -> None:
        peer.websocket.send("2")
        heard.append(peer.hear())
        peer.answer("one ")

    with gateway(answer) as url:
        assert kinds(ask(url))[-1] == "chat:end"
    assert heard == ["3"]


def test_a_connection_that_breaks_off_is_a_short_timeline_and_the_next_turn_connects_anew() -> None:
    turns: list[Json] = []

    def answer(peer: Peer, start: Json) -> None:
        turns.append(start)
        if len(turns) > 1:
            return peer.answer("one ")
        peer.say("chat:user-message")
        return peer.websocket.close(1011, "out of memory")

    with gateway(answer) as url, viewer_of(url) as viewer:
        first = viewer.view_answer(Turn(message="hello"))
        assert kinds(first) == ["chat:user-message"]
        assert "out of memory" in first.lost
        assert kinds(viewer.view_answer(Turn(message="hello")))[-1] == "chat:end"


def test_an_answer_that_falls_silent_is_given_up_and_never_taken_for_the_next_one() -> None:
    turns: list[Json] = []

    def answer(peer: Peer, start: Json) -> None:
        turns.append(start)
        if len(turns) > 1:
            return peer.answer("one ")
        return peer.say("chat:user-message")

    with gateway(answer) as url, viewer_of(url, silence_s=SILENCE_S) as viewer:
        first = viewer.view_answer(Turn(message="hello"))
        assert kinds(first) == ["chat:user-message"]
        assert first.lost == SILENT
        second = viewer.view_answer(Turn(message="hello"))
    assert kinds(second) == ["chat:user-message", "chat:message", "chat:end"]
    assert second.failures == ()


def test_what_others_do_keeps_a_connection_alive_and_not_an_answer() -> None:
    over = threading.Event()

    def attend(websocket: ServerConnection) -> None:
        websocket.recv()
        while not over.wait(0.02):
            websocket.send(json.dumps({"event": "typing:start", "data": {"userId": "other"}}))

    with listening(attend) as url:
        viewer = RealtimeViewer(url, inference.WEBSOCKET, silence_s=SILENCE_S)
        started_s = time.monotonic()
        view = viewer.view_answer(Turn(message="hello"))
        over.set()
        viewer.close()
    assert kinds(view) == []
    assert view.lost == SILENT
    assert time.monotonic() - started_s < ENOUGH_S


def test_what_is_not_json_is_a_malformed_event() -> None:
    def answer(peer: Peer, _: Json) -> None:
        peer.websocket.send('42/ai,["chat:message",{"content":')
        peer.say("chat:end")

    with gateway(answer) as url:
        timeline = ask(url).timeline or ()
    assert isinstance(timeline[0].payload, Malformed)
    assert timeline[0].kind is None


def test_a_namespace_that_refuses_is_told_with_its_message() -> None:
    def attend(websocket: ServerConnection) -> None:
        websocket.send(f"0{OPEN}")
        websocket.recv()
        websocket.send('44/ai,{"message":"unauthorized"}')
        websocket.recv()

    with listening(attend) as url:
        view = ask(url)
    assert view.timeline is None
    assert failures(view) == ["refused before the stream: unauthorized"]


@pytest.mark.parametrize("status", [b"503 Service Unavailable", b"200 OK"])
def test_a_server_without_websocket_is_told_as_a_refusal(status: bytes) -> None:
    with serve(lambda connection: _reply(connection, status)) as url:
        view = ask(url)
    assert view.timeline is None
    assert [failure.kind for failure in view.failures] == ["refused"]


def _reply(connection: socket.socket, status: bytes) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with serve(lambda _: None) as url:
        pass
    assert [failure.kind for failure in ask(url).failures] == ["unreachable"]


def ask_with(url: str, deed: Deed) -> View:
    viewer = RealtimeViewer(url, ai_gateway.SOCKETIO, silence_s=ENOUGH_S)
    try:
        return viewer.view_answer(Turn(message="hello", user="u"), deed)
    finally:
        viewer.close()


@pytest.mark.parametrize(
    ("resumed_at", "ok", "seqs", "failed"),
    [
        (2, True, [0, 1, 2, 3], []),
        (3, True, [0, 1, 3], []),
        (2, False, [0, 1], ["refused at event 2: on resume: RUN_GONE"]),
    ],
    ids=["resumed", "with a loss", "refused"],
)
def test_a_cut_connection_comes_back_and_resumes(
    resumed_at: int, ok: bool, seqs: list[int], failed: list[str]
) -> None:
    asked: list[Json] = []

    def answer(peer: Peer, start: Json) -> None:
        asked.append(start)
        if start[0] == "chat:start":
            peer.say("chat:user-message", messageId="m", content="hello")
            peer.say("chat:message", content="one ", isComplete=False)
            return
        peer.seq = resumed_at
        if peer.seq == 2 and ok:
            peer.say("chat:message", content="two ", isComplete=False)
        if ok:
            peer.say("chat:end", conversationId="c", finishReason="stop")

    with gateway(answer, {"ok": ok, "code": "RUN_GONE"}) as url:
        view = ask_with(url, Deed(cut_after=1))
    assert asked[1] == ["resume", {"runId": "r", "lastSeq": 1}]
    assert [seen.seq for seen in view.timeline or ()] == seqs
    assert view.cuts == (2,)
    assert failures(view) == failed


def test_a_stop_is_emitted_on_the_same_connection() -> None:
    asked: list[Json] = []

    def answer(peer: Peer, start: Json) -> None:
        asked.append(start)
        if start[0] == "chat:start":
            peer.say("chat:user-message", messageId="m", content="hello", conversationId="c")
            peer.say("chat:message", content="one ", isComplete=False)
            return
        peer.say("chat:stopped", conversationId="c")

    with gateway(answer) as url:
        view = ask_with(url, Deed(stop_after=1))
    assert asked[1] == ["chat:stop", {"conversationId": "c"}]
    assert kinds(view) == ["chat:user-message", "chat:message", "chat:stopped"]
    assert view.stopped_ns is not None


def test_a_room_whose_members_are_told_nothing_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_viewer, "_TOLD_S", 0.2)

    def attend(websocket: ServerConnection) -> None:
        for message in websocket:
            frame = json.loads(str(message))
            if "ackId" in frame:
                websocket.send(json.dumps({"ackId": frame["ackId"], "data": {"ok": True}}))

    with listening(attend) as url:
        viewer = RoomViewer(url, inference.WEBSOCKET, name="n", seats=2, silence_s=SILENCE_S)
        idle, asked = viewer.idle(0.0), viewer.view_answer(Turn(message="hello"))
        viewer.close()
    assert failures(idle) == ["untold while idle: nobody was told of typing within 0.2 s"]
    assert [kinds(view) for view in asked] == [[], []]


def test_a_room_that_can_not_be_joined_is_a_failure_of_everybody_in_it() -> None:
    def attend(websocket: ServerConnection) -> None:
        for message in websocket:
            number = json.loads(str(message))["ackId"]
            denied = {"ok": False, "code": "NOT_FOUND"}
            websocket.send(json.dumps({"ackId": number, "data": denied}))

    with listening(attend) as url:
        viewer = RoomViewer(url, inference.WEBSOCKET, name="n", seats=3, silence_s=ENOUGH_S)
        views = viewer.view_answer(Turn(message="hello"))
        viewer.close()
    assert [failures(view) for view in views] == [
        ["refused before the stream: NOT_FOUND"],
    ] * 3
