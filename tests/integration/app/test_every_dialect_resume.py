"""Additive fields and resume, in every dialect over every transport."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.integration.app.doors import HttpDoor, SocketDoor, door, spelled
from tests.integration.app.serving import (
    SPOKEN,
    Served,
    every_contract,
    serving,
    settings_for,
    signed,
    watched,
)
from tests.integration.app.upstream import playing, said
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, run_of
from tokentape.contract.contract import Contract, RequestTemplate, fill
from tokentape.runs.memory_tape import MemoryTapes

HELLO = Turn(message="Hello")
FRAME = re.compile(r"id: ([^:]+):(\d+)\n(?:event: [^\n]+\n)?data: ([^\n]+)")
over_sse = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)
over_sockets = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport != "sse"], ids=lambda one: one.key
)


@every_contract
async def test_every_event_carries_its_run_and_number(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(said("a", "b")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        await watched(viewer, HELLO)
        seen = [one for one in viewer.timeline if contract.run is None or one.payload != "[DONE]"]
        run = run_of(viewer)
        places = [(one.run, one.seq) for one in seen]
        if contract.run is not None:  # else in the SSE `id` alone
            places = [(one.payload["runId"], one.payload["seq"]) for one in seen]
        assert places == [(run, seq) for seq in range(len(seen))]
        assert str(UUID(run)) == run


async def ended_run(app: Served, contract: Contract) -> tuple[str, int]:
    """A run that has ended, and how many events it had."""
    values, length = await ended_answer(app, contract)
    return values["run"], length


async def ended_answer(app: Served, contract: Contract) -> tuple[dict[str, str], int]:
    """What names an ended run in a request, and how many events it had."""
    async with app.viewer(contract) as viewer:
        await watched(viewer, HELLO)
        values = {"run": run_of(viewer) or "", "conversation": conversation_of(viewer) or ""}
        return values, len(viewer.timeline)


@over_sse
async def test_resumed_stream_is_byte_by_byte_what_was_missed(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("a", "b")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=signed(contract), trust_env=False) as http,
    ):
        assert isinstance(contract.resume, RequestTemplate)
        one = HttpDoor(contract, http)
        asked = await http.post(await one.prepare(), json=spelled(contract, HELLO))
        whole = await one.fetch(asked)
        frames = whole.text.split("\n\n")[:-1]
        found = [FRAME.fullmatch(frame) for frame in frames]
        assert all(found)
        run = found[0][1] if found[0] else ""
        assert [one and (one[1], int(one[2])) for one in found] == [
            (run, seq) for seq in range(len(frames))
        ]
        path = fill(contract.resume.path, {**one.values, "run": run})
        for seq in range(len(frames)):
            answer = await http.get(path, headers={"Last-Event-ID": f"{run}:{seq}"})
            assert answer.text.split("\n\n")[:-1] == frames[seq + 1 :]
            # An EventSource would come back for ever after the end.
            assert answer.status_code == (204 if seq == len(frames) - 1 else 200)
        # Without a position, all of it.
        assert (await http.get(path)).text == whole.text


@over_sse
async def test_position_that_is_none_of_this_run_is_refused(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("a")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=signed(contract), trust_env=False) as http,
    ):
        assert isinstance(contract.resume, RequestTemplate)
        values, length = await ended_answer(app, contract)
        run, path = values["run"], fill(contract.resume.path, values)
        for position in ("x", f"{run}:", f"{run}:-2", "other:0", f"{run}:{length}", f"{run}:1:2"):
            answer = await http.get(path, headers={"Last-Event-ID": position})
            assert (position, answer.status_code) == (position, 400)
            assert answer.json()["error"]["code"] == "BAD_REQUEST"


@over_sse
async def test_tape_is_gone_after_its_time_over_http(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(said("a")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=signed(contract), trust_env=False) as http,
    ):
        assert isinstance(contract.resume, RequestTemplate)
        values, _ = await ended_answer(app, contract)
        tapes = app.app.core.turns.tapes
        assert isinstance(tapes, MemoryTapes)
        # As when its time is over, which may not be before the answer has been fetched here.
        tapes.forget(values["run"])
        for known in (values["run"], "never-was"):
            answer = await http.get(fill(contract.resume.path, {**values, "run": known}))
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


@over_sockets
async def test_resume_is_acknowledged_with_what_was_missed(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("a", "b")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        run, length = await ended_run(app, contract)
        for last in range(-1, length - 1):
            async with door(app.url, contract) as one:
                assert isinstance(one, SocketDoor)
                answer = await one.call("resume", {"runId": run, "lastSeq": last})
                assert answer == {"ok": True, "missed": length - 1 - last}
                await one.until_end()
                assert [told["seq"] for _, told in one.events] == list(range(last + 1, length))


WRONG_RESUMES: list[tuple[Any, str]] = [
    ({}, "BAD_REQUEST"),
    ("run", "BAD_REQUEST"),
    ({"runId": 7, "lastSeq": 0}, "BAD_REQUEST"),
    ({"runId": "$run", "lastSeq": "0"}, "BAD_REQUEST"),
    ({"runId": "$run", "lastSeq": True}, "BAD_REQUEST"),
    ({"runId": "$run", "lastSeq": -2}, "BAD_REQUEST"),
    ({"runId": "$run", "lastSeq": 99}, "BAD_REQUEST"),
    ({"runId": "never-was", "lastSeq": 0}, "RUN_UNKNOWN"),
]


@over_sockets
async def test_resume_of_nothing_is_refused_and_the_connection_stays(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("a")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        run, _ = await ended_run(app, contract)
        for payload, code in WRONG_RESUMES:
            answer = await one.call("resume", fill(payload, {"run": run}))
            assert (payload, answer["ok"], answer["code"]) == (payload, False, code)
        assert (await one.start(spelled(contract, HELLO))).code is None


@over_sockets
async def test_tape_is_gone_after_its_time_over_sockets(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(said("a")) as upstream,
        serving(settings_for(tmp_path, upstream.url, tape_ttl_s=0)) as app,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        run, _ = await ended_run(app, contract)
        answer = await one.call("resume", {"runId": run, "lastSeq": -1})
        assert answer == {"ok": False, "code": "RUN_GONE"}


def beside(dialect: str, contract: Contract) -> set[str]:
    """The dialect, and those that share a namespace with it where this contract is spoken."""
    sockets = [one for one in SPOKEN if one.transport != "sse"]
    there = {one.dialect for one in sockets if one.namespace == contract.namespace}
    return there if contract in sockets and dialect in there else {dialect}


async def test_run_of_another_dialect_is_not_resumed_here(tmp_path: Path) -> None:
    async with (
        playing(said("a")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        runs = {contract.key: await ended_run(app, contract) for contract in SPOKEN}
        for contract in SPOKEN:
            for key, (run, _) in runs.items():
                if contract.dialect in beside(key.split("/")[0], contract):
                    continue
                if isinstance(contract.resume, RequestTemplate):
                    path = fill(contract.resume.path, {"run": run, "conversation": "any"})
                    answer = await http.get(path, headers=signed(contract))
                    assert answer.status_code == 404
                else:
                    async with door(app.url, contract) as one:
                        assert isinstance(one, SocketDoor)
                        told = await one.call("resume", {"runId": run, "lastSeq": -1})
                        assert told["code"] in ("RUN_UNKNOWN", "FORBIDDEN")
