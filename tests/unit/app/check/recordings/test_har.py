"""A browser's HAR: which of its entries are streams, their bodies, times, and what is missing."""

import json
from typing import Any

import pytest

from tests.unit.app.check.recordings.files import (
    CONTRACT,
    DUE,
    WIRE,
    entry,
    har,
    kinds,
    messages,
    sse,
)
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.recordings.har import entries_of, read_har, secrets_in
from tokentape.check.recordings.recording import RecordedAnswer, observation_of
from tokentape.contract.contract import Contract, Emit, Json
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI

PAGE = entry(b"<html>", url="https://api.example/", content_type="text/html")


def answers(
    *entries: Json, contract: Contract = CONTRACT, chosen: str | None = None
) -> list[RecordedAnswer]:
    return list(read_har(entries_of(har(*entries), "it.har"), "it.har", contract, chosen))


def seen(*entries: Json, contract: Contract = CONTRACT, **more: Any) -> list[Observation]:
    read = answers(*entries, contract=contract, **more)
    return [observation_of(one, contract, turn) for turn, one in enumerate(read, 1)]


@pytest.mark.parametrize("base64", [False, True])
def test_streams_are_found_among_other_entries(base64: bool) -> None:
    preflight = entry(b"", content_type="text/event-stream")
    preflight["request"]["method"] = "OPTIONS"
    stream = entry(sse(end="\r\n"), base64=base64, request={"model": "m"})
    first, second = seen(PAGE, preflight, stream, stream)
    assert (kinds(first.timeline), first.noticed, first.times) == (DUE, (), "unknown")
    assert first.called == "answer 1 (POST https://api.example/v1/chat/completions?…)"
    assert (second.turn, second.request) == (2, {"model": "m"})


def test_entry_is_chosen_by_its_address_whatever_it_says_that_it_is() -> None:
    plain = entry(sse(), url="https://api.example/other", content_type="text/plain")
    (one,) = seen(PAGE, plain, entry(sse()), chosen="/other")
    assert kinds(one.timeline) == DUE
    assert [noticed.kind for noticed in one.noticed] == ["wrong_content_type"]


def test_what_can_not_be_chosen_names_what_there_is() -> None:
    what = r"no address holds 'zz'.*--entry.*https://api\.example/v1/chat/completions\?…"
    with pytest.raises(CouldNotRun, match=what) as error:
        answers(entry(sse()), chosen="zz")
    assert "secret-1" not in str(error.value)
    with pytest.raises(CouldNotRun, match="none is a stream"):
        answers(PAGE)
    for broken in (b"{", b'{"log": {}}', b"[]"):
        with pytest.raises(CouldNotRun, match=r"^it\.har: "):
            entries_of(broken, "it.har")


def test_chrome_s_own_record_of_a_stream_has_its_times() -> None:
    with_body = entry(sse(), _eventSourceMessages=messages())
    without = entry(_eventSourceMessages=messages())
    for one in seen(with_body, without):
        assert (kinds(one.timeline), one.times, one.noticed) == (DUE, "known", ())
        assert one.timeline[0].at_ns - one.started_ns == 50_000_000
    # The body counts: a frame that no message shows has no time either.
    (one,) = seen(entry(sse() + b"data: {\n\n", _eventSourceMessages=messages()))
    assert (len(one.timeline), one.times) == (len(WIRE) + 1, "unknown")


def test_what_the_request_named_must_come_back() -> None:
    asked = {"threadId": "t", "runId": "mine"}

    def stream(run: str) -> Json:
        ids = {"threadId": "t", "runId": run}
        wire = [("", {"type": kind, **ids}) for kind in ("RUN_STARTED", "RUN_FINISHED")]
        return entry(sse(wire), request=asked)

    for run, due in (("mine", []), ("another", ["id_changed"])):
        (one,) = seen(stream(run), contract=AG_UI)
        verdict = judge(AG_UI, one.timeline, 0, Expectation(request=one.request), one.noticed)
        assert [broken.kind for broken in verdict.violations] == due


def test_refusal_and_lost_connection_are_told() -> None:
    refused = entry(b'{"error": {"message": "slow down"}}', status=429)
    (one,) = seen(refused)
    assert [(noticed.kind, noticed.about) for noticed in one.noticed] == [("refused", "limited")]
    lost = entry(sse(WIRE[:3]))
    lost["response"]["_error"] = "net::ERR_INCOMPLETE_CHUNKED_ENCODING"
    (one,) = seen(lost)
    assert [(noticed.kind, noticed.about) for noticed in one.noticed] == [("missing_end", "lost")]
    assert "net::ERR_INCOMPLETE" in one.noticed[0].message


def test_answer_of_which_the_browser_has_only_a_part_is_not_judged() -> None:
    (missing,) = answers(entry())
    assert "save it with content" in missing.cut_copy
    (cut,) = answers(entry(sse()[:100], size=1_000))
    assert cut.cut_copy == "the HAR has 100 of the body's 1,000 bytes: the browser cut it"
    broken = entry(sse(), base64=True)
    broken["response"]["content"]["text"] = "§"
    assert answers(broken)[0].cut_copy == "its body is no base64"


@pytest.mark.parametrize("key", ["ai-chat/socketio", "inference/websocket"])
def test_answers_on_one_socket_begin_with_their_question(key: str) -> None:
    contract, speak = SPEAKERS[key]
    wire = numbered(contract, speak(["a ", "b "], "completed"))

    def frame(event: str, payload: Json, sent: bool, at: int) -> Json:
        said = json.dumps([event, payload])
        packet = f"42{'' if contract.namespace == '/' else contract.namespace + ','}{said}"
        if contract.transport == "websocket":
            packet = json.dumps({"event": event, "data": payload})
        kind = "send" if sent else "receive"
        return {"type": kind, "time": 1_796_032_800 + at, "opcode": 1, "data": packet}

    assert isinstance(contract.start, Emit)
    asked = [frame(contract.start.event, {"message": "hi"}, True, 0)]
    came = [frame(event, payload, False, at) for at, (event, payload) in enumerate(wire, 1)]
    ping = {"type": "receive", "time": 1_796_032_800, "opcode": 1, "data": "2"}
    opening = [ping] if contract.transport == "socketio" else []
    socket = entry(_webSocketMessages=[*opening, *asked, *came, *asked, *came])
    first, second = seen(socket, contract=contract)
    assert [event.kind for event in first.timeline] == [event.kind for event in second.timeline]
    assert len(first.timeline) == len(wire)
    assert (first.times, first.request) == ("known", {"message": "hi"})
    assert first.timeline[0].at_ns - first.started_ns == 10**9


def test_socket_over_which_nobody_asked_is_no_answer() -> None:
    contract, _ = SPEAKERS["ai-chat/socketio"]
    greeting = {"type": "send", "time": 1, "opcode": 1, "data": "40"}
    with pytest.raises(CouldNotRun, match="nobody sent 'ai:chat', which is how ai-chat/socketio"):
        answers(entry(_webSocketMessages=[greeting]), contract=contract)


def test_what_a_request_showed_to_its_server_is_known_as_secret() -> None:
    assert {"Bearer sk-har-secret", "sk-har-secret", "secret-1"} <= set(secrets_in([entry(sse())]))


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("x-goog-api-key", "k-1234567", "k-1234567"),
        ("X-Auth-Token", "t-1234567", "t-1234567"),
        ("Cookie", "a=first-one; b=second=one", "second=one"),
        (":authority", "api.example", None),
    ],
)
def test_secret_headers_are_known_by_their_names(name: str, value: str, secret: str | None) -> None:
    one = entry(sse(), url="https://api.example/v1/chat")
    one["request"]["headers"] = [{"name": name, "value": value}]
    found = set(filter(None, secrets_in([one])))
    assert (secret in found) if secret else not found


def test_secrets_of_an_address_and_of_a_cookie_that_is_set_are_known() -> None:
    query = "access_token=a%2Bbcdefg&model=gpt-4o"
    one = entry(sse(), url=f"https://me:pass%40word@api.example/v1?{query}")
    one["response"]["headers"] += [{"name": "Set-Cookie", "value": "sid=new-session; Path=/"}]
    found = set(secrets_in([one]))
    assert {"pass@word", "pass%40word", "a+bcdefg", "a%2Bbcdefg", "new-session"} <= found
    assert "gpt-4o" not in found
    (answer,) = answers(one)
    assert answer.name == "POST https://api.example/v1?…"
