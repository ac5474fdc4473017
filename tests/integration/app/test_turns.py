"""One turn and the next, in every dialect over every transport, against a raw upstream."""

from pathlib import Path

import pytest

from tests.integration.app.serving import (
    conversation,
    every_contract,
    every_conversation,
    failing,
    outcome_of_a_stop,
    returning,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    Reset,
    Script,
    chunk,
    finish,
    frame,
    playing,
    refusal,
    said,
    usage,
)
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, run_of, verdict_of
from tokentape.contract.contract import Contract
from tokentape.contract.verdict import Expectation
from tokentape.errors import CODES

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>busy</p>"
WRONG: dict[str, tuple[str, Script]] = {
    "refused": ("UPSTREAM_REFUSED", refusal(500, {"error": {"message": "key sk-secret"}})),
    "unauthorized": ("UPSTREAM_REFUSED", refusal(401, {"error": {"message": "sk-secret"}})),
    "rate-limited": ("UPSTREAM_RATE_LIMIT", refusal(429, {"error": {"message": "slow down"}})),
    "too long": (
        "CONTEXT_TOO_LONG",
        refusal(400, {"error": {"code": "context_length_exceeded", "message": "m"}}),
    ),
    "unknown model": ("INVALID_MODEL", refusal(404, {"error": {"code": "model_not_found"}})),
    "html": ("UPSTREAM_MALFORMED", [HTML]),
    "silent before the first token": ("UPSTREAM_TIMEOUT", [HEAD, Hold()]),
    "no headers at all": ("UPSTREAM_TIMEOUT", [Hold()]),
}
BROKEN: dict[str, tuple[str, Script]] = {
    "truncated": ("UPSTREAM_TRUNCATED", []),
    "done without a finish reason": ("UPSTREAM_TRUNCATED", [DONE]),
    "cut inside a frame": ("UPSTREAM_TRUNCATED", [chunk("never")[:30]]),
    "reset": ("UPSTREAM_LOST", [Hold(), Reset()]),
    "stalled": ("UPSTREAM_TIMEOUT", [Hold()]),
    "bad JSON": ("UPSTREAM_MALFORMED", [b"data: {nonsense\n\n"]),
    "not a chunk": ("UPSTREAM_MALFORMED", [b"data: [1]\n\n"]),
    "no choices": ("UPSTREAM_TRUNCATED", [b"data: {}\n\n"]),
    "content of a wrong type": (
        "UPSTREAM_MALFORMED",
        [frame({"choices": [{"delta": {"content": 1}}]})],
    ),
    "error frame": ("UPSTREAM_REFUSED", [frame({"error": {"message": "sk-secret"}})]),
    "error event": ("UPSTREAM_REFUSED", [b'event: error\ndata: {"message": "sk-secret"}\n\n']),
    "rate limit in mid-answer": (
        "UPSTREAM_RATE_LIMIT",
        [b'event: error\ndata: {"type": "rate_limit_error"}\n\n'],
    ),
}


@every_contract
async def test_answer_arrives_whole_and_in_order(contract: Contract, tmp_path: Path) -> None:
    texts = ["Grüße", " – ", "two\nlines", " \U0001f600", ' "quoted" \\ </script>\u2028']
    async with (
        playing(said(*texts)) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        verdict = await watched(
            viewer, Turn(message="Hello"), Expectation(text="".join(texts), outcome="completed")
        )
        assert verdict.violations == ()
        assert [seen.text for seen in viewer.timeline if seen.text] == texts
        stored = await app.stored(viewer)
        assert [(one.role, one.content, one.status) for one in stored] == [
            ("user", "Hello", "complete"),
            ("assistant", "".join(texts), "complete"),
        ]


@every_conversation
async def test_earlier_messages_are_sent_upstream_as_context(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("One."), said("Two.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        await watched(viewer, Turn(message="first"))
        same = conversation(viewer)
        verdict = await watched(viewer, Turn(message="second", conversation=same))
        assert verdict.violations == ()
        assert upstream.requests[1]["messages"] == [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "One."},
            {"role": "user", "content": "second"},
        ]


def of_time(cases: dict[str, tuple[str, Script]], *, quiet: bool) -> dict[str, tuple[str, Script]]:
    """Those in which the upstream falls silent, or the others."""
    return {name: case for name, case in cases.items() if (case[0] == "UPSTREAM_TIMEOUT") == quiet}


@every_contract
@pytest.mark.parametrize("quiet", [False, True], ids=["told", "quiet"])
async def test_refusing_upstream_is_one_error_with_its_code(
    contract: Contract, quiet: bool, tmp_path: Path
) -> None:
    cases = of_time(WRONG, quiet=quiet)
    scripts = [script for _, wrong in cases.values() for script in (wrong, said("fine"))]
    limits = {"upstream_first_token_timeout_s": 1 if quiet else 60}
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
    ):
        for wrong, (code, _) in cases.items():
            async with app.viewer(contract) as viewer:
                failure = await failing(viewer, Turn(message="Hello"))
                assert (wrong, failure.code) == (wrong, code)
                # A dialect may hold its headers back until it knows.
                assert failure.status in (None, CODES[code].status)
                assert "sk-secret" not in failure.told
                again = Turn(message="again", conversation=conversation_of(viewer))
                assert (wrong, (await watched(viewer, again)).outcome) == (wrong, "completed")


@every_contract
@pytest.mark.parametrize("quiet", [False, True], ids=["told", "quiet"])
async def test_broken_answer_is_one_error_and_keeps_what_came(
    contract: Contract, quiet: bool, tmp_path: Path
) -> None:
    cases = of_time(BROKEN, quiet=quiet)
    came = [HEAD, chunk("what "), chunk("came")]
    scripts = [each for _, rest in cases.values() for each in ([*came, *rest], said("fine"))]
    limits = {"upstream_stall_timeout_s": 1 if quiet else 60}
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
    ):
        if not quiet:
            upstream.released.set()
        for broken, (code, _) in cases.items():
            async with app.viewer(contract) as viewer:
                verdict = await watched(
                    viewer, Turn(message="Hello"), Expectation(text="what came", outcome="failed")
                )
                assert (broken, verdict.violations, verdict.code) == (broken, (), code)
                assert "sk-secret" not in repr(viewer.timeline)
                same = conversation_of(viewer)
                stored = await app.stored(viewer)
                assert [(one.content, one.status, one.code) for one in stored][1:] == [
                    ("what came", "failed", code)
                ]
                again = await watched(viewer, Turn(message="again", conversation=same))
                assert (broken, again.violations, again.outcome) == (broken, (), "completed")


@every_contract
async def test_answer_whose_connection_breaks_after_its_finish_is_complete(
    contract: Contract, tmp_path: Path
) -> None:
    script: Script = [HEAD, chunk("all"), finish("length"), usage(9), Reset()]
    async with (
        playing(script) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        verdict = await watched(viewer, Turn(message="Hello"), Expectation(text="all"))
        assert (verdict.violations, verdict.outcome) == ((), "completed")


@every_contract
async def test_stop_closes_the_upstream_and_keeps_the_text(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("so "), chunk("far"), Hold()], said("next")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        async for seen in viewer.ask(Turn(message="Hello")):
            if seen.text == "far":
                await viewer.stop()
                await upstream.left.wait()
        verdict = verdict_of(
            viewer, Expectation(text="so far", outcome=outcome_of_a_stop(contract))
        )
        assert verdict.violations == ()
        same = conversation_of(viewer)
        stored = await app.stored(viewer)
        assert (stored[1].content, stored[1].status) == ("so far", "stopped")
        again = await watched(viewer, Turn(message="again", conversation=same))
        assert again.outcome == "completed"


@every_contract
@pytest.mark.parametrize("missed", [0, 1])
async def test_resumed_viewer_sees_exactly_what_it_missed(
    contract: Contract, missed: int, tmp_path: Path
) -> None:
    script: Script = [HEAD, chunk("a"), chunk("b"), Hold(), chunk("c"), finish(), DONE]
    async with playing(script) as upstream, serving(settings_for(tmp_path, upstream.url)) as app:
        turn = Turn(message="Hello")
        async with app.viewer(contract) as first:
            async for seen in first.ask(turn):
                if seen.text == "b":
                    break
            whole = first.timeline
            run = run_of(first)
            assert run is not None
        if not missed:
            upstream.released.set()
        last_seq = len(whole) - 1 - missed
        async with app.viewer(contract) as second:
            async for _ in second.resume(run, last_seq, returning(turn, first)):
                upstream.released.set()
            came = [seen.seq for seen in second.timeline]
            assert came == list(range(last_seq + 1, last_seq + 1 + len(came)))
            assert [seen.end for seen in second.timeline if seen.end] == ["completed"]
            texts = [seen.text or "" for seen in whole[: last_seq + 1] + second.timeline]
            assert "".join(texts) == "abc"


@every_conversation
async def test_second_turn_in_a_running_conversation_is_busy(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("a"), Hold(), finish(), DONE], said("b")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as first,
        app.viewer(contract) as second,
    ):
        async for seen in first.ask(Turn(message="Hello")):
            if seen.text == "a":
                same = conversation(first)
                turn = Turn(message="me too", conversation=same)
                assert (await failing(second, turn)).code == "BUSY"
                upstream.released.set()
        assert verdict_of(first).violations == ()
        assert len(await app.stored(first)) == 2
        other = await watched(second, Turn(message="again", conversation=same))
        assert (other.violations, other.text) == ((), "b")
