"""What the SSE viewer says of servers whose every byte is known."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterable

import pytest

from tests.integration.loadtests.raw_server import LAST_CHUNK, SSE_HEAD, chunk, read_request, serve
from tokentape.client.sse import ServerSentEvent, SSEDecoder
from tokentape.client.turn import Turn
from tokentape.contract.contract import Json
from tokentape.dialects.ai_chat import contract as ai_chat
from tokentape.dialects.stream_chat import contract as stream_chat
from tokentape_load.judging.answer_result import View
from tokentape_load.viewers import observation, sse_viewer
from tokentape_load.viewers.sse_viewer import SSEViewer
from tokentape_load.workload.journeys import Deed

ENOUGH_S = 60.0
SILENCE_S = 1.0
"""After which a viewer gives up; what a server here sends comes much sooner."""


def frame(seq: int, payload: Json) -> bytes:
    body = {**payload, "sessionId": "s", "runId": "r", "seq": seq}
    return f"id: r:{seq}\ndata: {json.dumps(body)}\n\n".encode()


def answer(texts: Iterable[str]) -> list[bytes]:
    frames = [frame(seq, {"content": text}) for seq, text in enumerate(texts)]
    return [*frames, frame(len(frames), {"done": True})]


def ask(url: str, silence_s: float = ENOUGH_S) -> View:
    viewer = SSEViewer(url, ai_chat.SSE, silence_s=silence_s)
    try:
        return viewer.view_answer(Turn(message="hello"))
    finally:
        viewer.close()


def kinds(view: View) -> list[str | None]:
    return [seen.kind for seen in view.timeline or ()]


def failures(view: View) -> list[str]:
    return [str(failure) for failure in view.failures]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released each time that the viewer has decoded what one socket read brought."""
    reads = threading.Semaphore(0)

    class Telling(SSEDecoder):
        def feed(self, block: bytes) -> list[ServerSentEvent]:
            reads.release()
            return super().feed(block)

    monkeypatch.setattr(sse_viewer, "SSEDecoder", Telling)
    return reads


def wait_for(reads: threading.Semaphore) -> None:
    assert reads.acquire(timeout=ENOUGH_S), "the viewer waits for more than it needs"


def test_each_event_is_stamped_before_the_next_one_is_written(
    decoded: threading.Semaphore,
) -> None:
    """The server writes on only when the event before was stamped: a buffer would be found out."""
    frames = answer(["one ", "two ", "three ", "four "])
    written_ns: list[int] = []

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD)
        for each in frames:
            written_ns.append(time.monotonic_ns())
            connection.sendall(chunk(each))
            wait_for(decoded)
        connection.sendall(LAST_CHUNK)

    with serve(behave) as url:
        view = ask(url)
    timeline = view.timeline or ()
    assert kinds(view) == ["chunk"] * 4 + ["done"]
    assert len({seen.read for seen in timeline}) == len(frames)
    for seen, wrote, wrote_next in zip(timeline, written_ns, [*written_ns[1:], 2**63], strict=True):
        assert wrote <= seen.at_ns <= wrote_next


def test_events_that_were_written_at_once_are_seen_in_one_read() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD)
        connection.sendall(chunk(b"".join(answer(["one ", "two "]))) + LAST_CHUNK)

    with serve(behave) as url:
        timeline = ask(url).timeline or ()
    assert len(timeline) == 3
    assert len({seen.at_ns for seen in timeline[-2:]}) == 1


def test_a_frame_split_over_writes_is_stamped_with_its_last_byte(
    decoded: threading.Semaphore,
) -> None:
    whole = 'data: {"content": "a ☃"}\n\n'.encode()
    inside_the_snowman = whole.index("☃".encode()) + 1
    second_half_ns = 0

    def behave(connection: socket.socket) -> None:
        nonlocal second_half_ns
        read_request(connection)
        connection.sendall(SSE_HEAD + chunk(whole[:inside_the_snowman]))
        wait_for(decoded)
        second_half_ns = time.monotonic_ns()
        connection.sendall(chunk(whole[inside_the_snowman:]) + LAST_CHUNK)

    with serve(behave) as url:
        timeline = ask(url).timeline or ()
    assert [seen.text for seen in timeline] == ["a ☃"]
    assert timeline[0].at_ns >= second_half_ns


@pytest.mark.parametrize("ending", [b"", LAST_CHUNK], ids=["inside the body", "properly"])
def test_a_stream_that_is_cut_is_a_short_timeline(ending: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + chunk(answer(["one "])[0]) + ending)

    with serve(behave) as url:
        view = ask(url)
    assert kinds(view) == ["chunk"]
    assert view.failures == ()


def test_a_stream_that_is_reset_is_a_short_timeline(decoded: threading.Semaphore) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + chunk(answer(["one "])[0]))
        wait_for(decoded)  # a reset discards what was not yet read
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serve(behave) as url:
        view = ask(url)
    assert kinds(view) == ["chunk"]
    assert "reset" in view.lost


@pytest.mark.parametrize("reset", [True, False], ids=["by a reset", "by its close"])
def test_a_body_that_breaks_off_after_the_end_is_a_failure(
    decoded: threading.Semaphore, *, reset: bool
) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + b"".join(map(chunk, answer(["one "]))))
        wait_for(decoded)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serve(behave) as url:
        view = ask(url)
    assert kinds(view) == ["chunk", "done"]
    assert failures(view) == ["missing_end after the stream"]


def test_a_silent_stream_is_given_up() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + chunk(answer(["one "])[0]))
        connection.recv(1)

    with serve(behave) as url:
        assert kinds(ask(url, silence_s=SILENCE_S)) == ["chunk"]


def test_a_body_that_stays_open_after_the_end_is_a_failure() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + b"".join(chunk(each) for each in answer(["one "])))
        connection.recv(1)

    with serve(behave) as url:
        view = ask(url, silence_s=SILENCE_S)
    assert kinds(view) == ["chunk", "done"]
    assert failures(view) == ["missing_end after the stream"]


@pytest.mark.parametrize(
    ("said", "told"),
    [(answer(["one "])[:1], []), (answer(["one "]), ["missing_end after the stream"])],
)
def test_comments_keep_a_connection_alive_and_not_an_answer(
    said: list[bytes], told: list[str]
) -> None:
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD + b"".join(map(chunk, said)))
        while not over.wait(0.02):
            connection.sendall(chunk(b": keep-alive\n\n"))

    with serve(behave) as url:
        started_s = time.monotonic()
        view = ask(url, silence_s=SILENCE_S)
        over.set()
    assert len(view.timeline or ()) == len(said)
    assert failures(view) == told
    assert time.monotonic() - started_s < ENOUGH_S


def test_a_refusal_is_told_with_its_status_and_code() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        body = b'{"error": {"code": "RATE_LIMIT", "message": "Slow down"}}'
        head = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)

    with serve(behave) as url:
        view = ask(url)
    assert view.timeline is None
    assert [f"{each}: {each.message}" for each in view.failures] == [
        "refused before the stream: 429 RATE_LIMIT Slow down"
    ]


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        (b"500 Oops\r\nContent-Length: 15\r\n\r\n<h1>Broken</h1>", "500 <h1>Broken</h1>"),
        (
            b"302 Found\r\nLocation: https://a.example/login\r\nContent-Length: 0\r\n\r\n",
            "302 leads to https://a.example/login: redirects are not followed, give that address",
        ),
        (b"503 Busy\r\nContent-Length: 90\r\n\r\ncut off", "503"),
    ],
)
def test_what_is_no_stream_is_a_refusal_with_the_servers_own_words(
    answered: bytes, message: str
) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 " + answered)

    with serve(behave) as url:
        view = ask(url)
    assert view.timeline is None
    assert [(one.kind, one.message) for one in view.failures] == [("refused", message)]


STATUS, FIELD = b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"


@pytest.mark.parametrize(
    ("sent", "message", "silence_s"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP answer: Expected HTTP", ENOUGH_S),
        (STATUS + FIELD * 2_000, "a head of more than 1,000 fields", ENOUGH_S),
        (STATUS + b"X-A: " + b"a" * 600_000, "a head of more than 262,144 bytes", ENOUGH_S),
        (STATUS + FIELD, "no whole head of an answer within 0.3 s", 0.3),
    ],
)
def test_a_head_that_is_none_or_has_no_end_is_given_up(
    sent: bytes, message: str, silence_s: float
) -> None:
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(sent)
        while not over.wait(0.1):
            connection.sendall(b"X-B: b\r\n")

    with serve(behave) as url:
        try:
            (failure,) = ask(url, silence_s=silence_s).failures
        finally:
            over.set()
    assert failure.kind == "unreachable"
    assert message in failure.message


def test_a_coding_that_was_not_asked_for_is_named() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        head = SSE_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
        connection.sendall(head + chunk(gzip.compress(b"".join(answer(["one "])))) + LAST_CHUNK)

    with serve(behave) as url:
        view = ask(url)
    assert [failure.message for failure in view.failures] == [
        "Content-Encoding: gzip, which was not asked for"
    ]


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "EVENTS_MAX", 30)
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(SSE_HEAD)
        for seq in range(1_000_000):
            connection.sendall(chunk(frame(seq, {"content": "more "})))
            if over.wait(0.001):
                return

    with serve(behave) as url:
        view = ask(url)
        over.set()
    assert len(view.timeline or ()) == 30
    assert failures(view) == ["malformed_frame at event 30"]


def test_what_is_asked_for_first_is_not_read_without_end() -> None:
    """A conversation, such as, that is made before the question."""
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n")
        while not over.wait(0.001):
            connection.sendall(b"[" * 200_000)

    with serve(behave) as url:
        viewer = SSEViewer(url, stream_chat.SSE, silence_s=ENOUGH_S)
        view = viewer.view_answer(Turn(message="hello"))
        over.set()
        viewer.close()
    assert [failure.message for failure in view.failures] == ["an answer that is not JSON"]


@pytest.mark.parametrize("written", ["Text/Event-Stream", "text/event-stream ;charset=utf-8"])
def test_a_content_type_is_right_however_it_is_written(written: str) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        head = SSE_HEAD.replace(b"text/event-stream", written.encode())
        connection.sendall(head + b"".join(map(chunk, answer(["one "]))) + LAST_CHUNK)

    with serve(behave) as url:
        assert failures(ask(url)) == []


def test_a_wrong_content_type_is_a_failure_and_the_stream_is_read_all_the_same() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        body = b"".join(answer(["one "]))
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body) + body)

    with serve(behave) as url:
        view = ask(url)
    assert kinds(view) == ["chunk", "done"]
    assert failures(view) == ["wrong_content_type before the stream"]


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with serve(lambda _: None) as url:
        pass
    view = ask(url)
    assert view.timeline is None
    assert failures(view) == ["unreachable before the stream"]


def test_the_request_is_spelled_by_the_contract() -> None:
    requests: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        connection.sendall(SSE_HEAD + b"".join(map(chunk, answer([]))) + LAST_CHUNK)

    with serve(behave) as url:
        ask(url)
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v2/ai/chat/stream HTTP/1.1\r\n")
    assert json.loads(body) == {"message": "hello"}


def ask_with(url: str, deed: Deed) -> View:
    viewer = SSEViewer(url, ai_chat.SSE, silence_s=ENOUGH_S)
    try:
        return viewer.view_answer(Turn(message="hello"), deed)
    finally:
        viewer.close()


def test_a_cut_stream_is_resumed_after_its_last_event() -> None:
    requests: list[bytes] = []
    frames = answer(["one ", "two ", "three "])

    def behave(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        if len(requests) == 1:
            connection.sendall(SSE_HEAD + chunk(frames[0]) + chunk(frames[1]))
            connection.recv(1)  # until the viewer is gone
            return
        connection.sendall(SSE_HEAD + b"".join(map(chunk, frames[2:])) + LAST_CHUNK)

    with serve(behave) as url:
        view = ask_with(url, Deed(cut_after=2))
    assert [seen.seq for seen in view.timeline or ()] == [0, 1, 2, 3]
    assert view.cuts == (2,)
    assert view.failures == ()
    assert requests[1].startswith(b"GET /api/v2/ai/chat/stream/r HTTP/1.1\r\n")
    assert b"Last-Event-ID: r:1\r\n" in requests[1]


def test_what_a_server_loses_over_a_cut_is_missing_and_a_refusal_is_told() -> None:
    frames = answer(["one ", "two ", "three "])
    asked: list[bytes] = []

    def lose(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        begun = b"".join(map(chunk, frames[:2] if len(asked) == 1 else frames[3:]))
        connection.sendall(SSE_HEAD + begun)
        if len(asked) == 1:
            connection.recv(1)
        else:
            connection.sendall(LAST_CHUNK)

    def refuse(connection: socket.socket) -> None:
        request = read_request(connection)
        if request.startswith(b"POST"):
            connection.sendall(SSE_HEAD + chunk(frames[0]))
            connection.recv(1)
            return
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with serve(lose) as url:
        assert [seen.seq for seen in ask_with(url, Deed(cut_after=2)).timeline or ()] == [0, 1, 3]
    with serve(refuse) as url:
        assert failures(ask_with(url, Deed(cut_after=1))) == ["refused at event 1"]


def test_a_stop_is_asked_for_on_another_connection_while_the_answer_streams() -> None:
    stopped = threading.Event()
    requests: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        request = read_request(connection)
        requests.append(request)
        if request.startswith(b"DELETE"):
            stopped.set()
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        connection.sendall(SSE_HEAD + chunk(frame(0, {"content": "one "})))
        stopped.wait(ENOUGH_S)
        connection.sendall(chunk(frame(1, {"done": True, "stopped": True})) + LAST_CHUNK)

    with serve(behave) as url:
        view = ask_with(url, Deed(stop_after=1))
    assert kinds(view) == ["chunk", "stopped"]
    assert view.stopped_ns is not None
    assert requests[1].startswith(b"DELETE /api/v2/ai/chat/stream/r HTTP/1.1\r\n")


def test_a_request_leaves_at_once_and_does_not_wait_for_an_acknowledgement() -> None:
    """Head and body are two writes; Nagle's algorithm would hold back the second one."""
    viewer = SSEViewer("http://127.0.0.1:1", ai_chat.SSE, silence_s=ENOUGH_S)
    with socket.socket() as sock:
        viewer._http._connection_pool.after_connect(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    viewer.close()
