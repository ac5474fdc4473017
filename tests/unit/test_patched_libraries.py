"""The insides of libraries that we build on: whoever raises a version learns here what has changed.

Each of them is pinned to a minor version; Gradio's behaviour is tried by ui/entry/test_canary.py.
"""

import ast
import inspect
import textwrap
from importlib.metadata import distribution
from pathlib import Path

import pytest
from engineio import async_socket, packet, payload
from engineio.async_server import AsyncServer as EngineServer
from geventhttpclient.client import HTTPClient
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse
from socketio import AsyncServer
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from mock_openai.http.exchange import Exchange
from mock_openai.http.guarded_protocol import GuardedProtocol
from tokentape.server.connections import CutHttp, CutWebSocket
from tokentape.server.run import Server
from tokentape.server.websocket_compression import Deflate, LongMessages
from tokentape.viewers.engine_payload import EnginePayload, Socket
from tokentape.viewers.packet_guard import GuardedServer, Read

OWN = ("self", "super()")


def used(kind: type, *, stored: bool) -> set[str]:
    """The attributes of `self` that a class reads, or stores; and those of `super()`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or ast.unparse(node.value) not in OWN:
            continue
        if isinstance(node.ctx, ast.Store) is stored:
            found.add(node.attr)
    return found


def known(kind: type) -> set[str]:
    """What instances of a class have: by its methods, or because they store it or declare it."""
    names = {*dir(kind)}
    for each in kind.__mro__:
        if each.__module__ != "builtins":
            names |= used(each, stored=True) | {*getattr(each, "__annotations__", {})}
    return names


@pytest.mark.parametrize(
    "ours",
    [
        CutHttp,
        CutWebSocket,
        Deflate,
        EnginePayload,
        GuardedProtocol,
        GuardedServer,
        LongMessages,
        Read,
        Server,
        Socket,
    ],
    ids=lambda kind: kind.__name__,
)
def test_what_our_class_takes_from_its_library_is_there(ours: type) -> None:
    own = {*vars(ours)} | used(ours, stored=True)
    theirs = set.union(*(known(base) for base in ours.__bases__))
    overridden = {
        node.attr
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(ours))))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "super()"
    }
    assert overridden <= theirs
    assert used(ours, stored=False) - own <= theirs


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            RequestResponseCycle,
            {"chunked_encoding", "expected_content_length", "more_body", "send"}
            | {"response_complete", "response_started"},
        ),
        (EngineServer, {"_get_socket", "sockets", "max_http_buffer_size", "reason"}),
        (async_socket.AsyncSocket, {"close", "closed", "queue", "receive", "send", "server"}),
        (packet.Packet, {"encode_cache", "packet_type"}),
        (payload.Payload, {"max_decode_packets", "packets"}),
        (AsyncServer, {"_handle_event_internal", "eio", "manager", "start_background_task"}),
        (HTTPClient, {"_connection_pool"}),
        (ConnectionPool, {"_create_tcp_socket", "after_connect", "get_socket"}),
        (HTTPSocketPoolResponse, {"_body_buffer", "_sock", "feed", "message_complete"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_we_reach_into_is_there(kind: type, names: set[str]) -> None:
    assert names <= known(kind)


def test_a_request_of_the_mock_is_what_uvicorn_takes_for_a_cycle() -> None:
    """Its protocol reads these attributes of `self.cycle`."""
    (base,) = GuardedProtocol.__bases__
    tree = ast.parse(inspect.getsource(base))
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self.cycle"
    }
    assert read
    assert read <= known(Exchange) | {"run_asgi"}


def test_engine_io_still_takes_time_and_sockets_from_its_module() -> None:
    """Both are replaced there, since it has no setting for them."""
    source = inspect.getsource(async_socket)
    assert "time.time()" in source
    assert "async_socket.AsyncSocket(" in inspect.getsource(
        inspect.getmodule(EngineServer) or EngineServer
    )


def test_locust_still_knows_what_our_users_and_our_tab_take_from_it() -> None:
    """Read as text: to import Locust patches the process."""
    expected = {
        "locust/user/users.py": ("self._state",),
        "locust/user/task.py": ("LOCUST_STATE_STOPPING", "LOCUST_STATE_WAITING"),
        "locust/web.py": ("self.template_args", "auth_required_if_enabled", "self.app = "),
        "locust/runners.py": ("class MasterRunner", "class WorkerRunner"),
        "locust/rpc/zmqrpc.py": ("def send_to_client",),
        "locust/env.py": ("self.process_exit_code", "self.stop_timeout", "self.shape_class"),
    }
    for file, parts in expected.items():
        text = text_of(file)
        assert [part for part in parts if part not in text] == [], file


def text_of(file: str) -> str:
    return Path(str(distribution("locust").locate_file(file))).read_text(encoding="utf-8")
