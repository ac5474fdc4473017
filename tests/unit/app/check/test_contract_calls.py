"""What a contract file says of requests, events and the handshake; and what is not done, which is
refused with its name and its line, and never dropped in silence."""

import re

import pytest
import yaml

from tokentape.check.contract_file import dump_contract, parse_contract
from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.contract import Handshake, Json, RequestTemplate


def spelled(**changes: Json) -> str:
    return yaml.safe_dump(
        {
            "dialect": "theirs",
            "transport": "sse",
            "start": {"method": "POST", "path": "/chat"},
            "kinds": [
                {"name": "piece", "has": ["piece"], "text": "piece"},
                {"name": "over", "where": {"over": True}, "end": "completed"},
            ],
            "order": {"opened": {"piece": "opened", "over": "closed"}, "closed": None},
            "run": None,
            "seq": None,
            **changes,
        },
        sort_keys=False,
    )


SOCKET: dict[str, Json] = {"transport": "socketio", "start": {"event": "ask"}}
PLAIN: dict[str, Json] = {"transport": "websocket", "start": {"event": "ask"}}
REFUSED: dict[str, tuple[dict[str, Json], str, str]] = {
    "auth over HTTP": (
        {"auth": {"token": "$token"}},
        "auth:",
        "auth: it is of sockets, and theirs is spoken over sse.",
    ),
    "handshake over HTTP": ({"handshake": {"query": {"a": "b"}}}, "handshake:", "of sockets"),
    "earlier messages outside of a list": (
        {"start": {"method": "POST", "path": "/", "body": {"past": {"$earlier": "$content"}}}},
        "$earlier: $content",
        "start.body.past.$earlier: it is an element of a list, and has nothing beside it.",
    ),
    "earlier messages with more beside them": (
        {
            "start": {
                "method": "POST",
                "path": "/",
                "body": {"past": [{"$earlier": "$content", "at": 1}]},
            }
        },
        "$earlier: $content",
        "start.body.past.0.$earlier: it is an element of a list",
    ),
    "earlier messages in a form": (
        {"start": {"method": "POST", "path": "/", "form": {"past": {"$earlier": "$content"}}}},
        "$earlier: $content",
        "start.form.past.$earlier: it is an element of a list",
    ),
    "earlier messages as a header": (
        {"start": {"method": "POST", "path": "/", "headers": {"$earlier": "$content"}}},
        "$earlier: $content",
        "start.headers.$earlier: it is an element of a list",
    ),
    "earlier messages in auth": (
        {**SOCKET, "auth": {"past": {"$earlier": "$content"}}},
        "$earlier: $content",
        "auth.past.$earlier: it is an element of a list",
    ),
    "earlier messages in a handshake": (
        {**SOCKET, "handshake": {"query": {"$earlier": "$content"}}},
        "$earlier: $content",
        "handshake.query.$earlier: it is an element of a list",
    ),
    "earlier messages as what is taken": (
        {"before": [{"method": "GET", "path": "/", "take": {"earlier": "past"}}]},
        "earlier: past",
        "before.0.take.earlier: it is the name of what was said before: $earlier.",
    ),
    "a name of an earlier message anywhere": (
        {"start": {"method": "POST", "path": "/", "body": {"past": "$content"}}},
        "past:",
        "start.body.past: nobody knows $content",
    ),
    "greeting over HTTP": ({"emits_before": [{"event": "hi"}]}, "emits_before:", "of sockets"),
    "namespace over HTTP": ({"namespace": "/x"}, "namespace:", "of sockets"),
    "framing of a socket": (
        {**SOCKET, "framing": "ndjson"},
        "framing:",
        "framing: it is of streams over HTTP, and theirs is spoken over socketio.",
    ),
    "bare events of a socket": ({**SOCKET, "bare_events": True}, "bare_events:", "of streams"),
    "free path of a socket": ({**SOCKET, "free_path": True}, "free_path:", "of streams"),
    "close behind the end of a socket": ({**PLAIN, "close": "follows"}, "close:", "of streams"),
    "close of a socket": (
        {**SOCKET, "kinds": [{"name": "shut", "close": True, "end": "completed"}]},
        "close: true",
        "kinds.0.close: it is of streams over HTTP.",
    ),
    "close that ends nothing": (
        {"kinds": [{"name": "shut", "close": True}]},
        "- name: shut",
        "kinds.0: the close of a stream ends it: give it `end`.",
    ),
    "list where one value is due": (
        {"kinds": [{"name": "piece", "where": {"type": ["a", "b"]}, "text": "t"}]},
        "type:",
        "kinds.0.where.type: a list is compared as a whole: for one of several values write"
        " one_of.",
    ),
    "body and form": (
        {"start": {"method": "POST", "path": "/", "body": {}, "form": {"a": "b"}}},
        "form:",
        "start.form: a request has a body or a form, not both.",
    ),
    "run before there is one": (
        {"start": {"method": "POST", "path": "/$run"}},
        "path: /$run",
        "start.path: nobody knows $run by then.",
    ),
    "run that nobody tells": (
        {"resume": {"method": "GET", "path": "/$run"}},
        "path: /$run",
        "resume.path: nobody knows $run by then.",
    ),
    "name in a header": (
        {"before": [{"method": "GET", "path": "/", "headers": {"A": "$tokn"}}]},
        "A: $tokn",
        "before.0.headers.A: nobody knows $tokn. Did you mean 'token'?",
    ),
    "name that is taken later": (
        {
            "before": [
                {"method": "GET", "path": "/$key"},
                {"method": "GET", "path": "/", "take": {"key": "key"}},
            ]
        },
        "path: /$key",
        "before.0.path: nobody knows $key.",
    ),
    "name in auth": ({**SOCKET, "auth": {"a": [{"b": "$me"}]}}, "b: $me", "auth.a.0.b: nobody"),
    "name in a handshake": (
        {**SOCKET, "handshake": {"query": {"a": "$me"}}},
        "a: $me",
        "handshake.query.a: nobody knows $me.",
    ),
    "question that waits": (
        {**SOCKET, "start": {"event": "ask", "waits_for": "hi"}},
        "start:",
        "start: take and waits_for are of events before the question: emits_before.",
    ),
    "path of a plain WebSocket": (
        {**PLAIN, "handshake": {"path": "/x"}},
        "path: /x",
        "handshake.path: the path of a plain WebSocket is its `namespace`.",
    ),
    "path of an Engine": ({**SOCKET, "handshake": {"path": "x"}}, "path: x", "begins with /."),
    "key of a handshake": (
        {**SOCKET, "handshake": {"querry": {}}},
        "querry:",
        "handshake.querry: unknown key. Did you mean 'query'?",
    ),
    "key of a greeting": (
        {**SOCKET, "emits_before": [{"event": "hi", "paylod": {}}]},
        "paylod:",
        "emits_before.0.paylod: unknown key. Did you mean 'payload'?",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_done_is_refused_by_name_and_line(what: str) -> None:
    changes, place, message = REFUSED[what]
    text = spelled(**changes)
    (line,) = (
        number for number, each in enumerate(text.splitlines(), 1) if each.strip(" -") == place
        or each.strip().startswith(place)
    )  # fmt: skip
    with pytest.raises(CouldNotRun, match=rf"^x\.yaml:{line}: .*{re.escape(message)}"):
        parse_contract(text, "x.yaml")


def test_what_is_done_is_read_and_written_again() -> None:
    text = spelled(
        **SOCKET,
        before=[{"method": "POST", "path": "/login", "form": {"a": "$user"}, "take": {"k": "k"}}],
        handshake={"path": "/ws/socket.io/", "query": {"k": "$k", "run": "$run"}},
        auth={"k": "$k", "session": "$uuid"},
        emits_before=[{"event": "hi", "payload": {"k": "$k"}, "take": {"thread": "id"}}],
        stop={"event": "stop", "payload": {"thread": "$thread"}},
    )
    contract = parse_contract(text, "x.yaml")
    assert contract.handshake == Handshake(path="/ws/socket.io/", query={"k": "$k", "run": "$run"})
    assert contract.emits_before[0].take == {"thread": "id"}
    assert contract.before == (
        RequestTemplate(method="POST", path="/login", form={"a": "$user"}, take={"k": "k"}),
    )
    assert parse_contract(dump_contract(contract), "y.yaml") == contract
    stream = parse_contract(
        spelled(framing="ndjson", close="follows", free_path=True, names_conversation=True),
        "z.yaml",
    )
    assert parse_contract(dump_contract(stream), "z.yaml") == stream
