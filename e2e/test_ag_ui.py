"""AG-UI's own client, `HttpAgent` of @ag-ui/client, against the dialect `ag-ui`."""

import json
from typing import Any

import httpx2

from e2e.cutting import cutting
from e2e.javascript import run_node
from e2e.journal import Journal
from e2e.messages import key_of, unique
from e2e.servers import Stack
from tokentape.contract.contract import Json
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.ag_ui.contract import CONTRACT

FAST = "tokens=60 first=20ms gap=2ms"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = [{"name": "get_weather", "description": "The weather of a city.", "parameters": CITY}]


async def runs(root: str, *asked: dict[str, Json], resumes: bool = False) -> list[list[Json]]:
    """What the client told of each of these runs, on one thread. It warns of nothing."""
    thread = {"url": f"{root}/ag-ui", "headers": {}, "threadId": "main", "resumes": resumes}
    told = await run_node("ag_ui_turn.mjs", {**thread, "runs": list(asked)})
    assert [line for line in told if "warning" in line] == []
    parts: list[list[Json]] = [[]]
    for line in told:
        parts[-1].append(line)
        if "ended" in line:
            parts.append([])
    return parts[:-1]


def events(run: list[Json]) -> list[Any]:
    return [line["event"] for line in run if "event" in line]


def shown(run: list[Json], role: str) -> list[Any]:
    """What a page would show of it."""
    return [message for message in run[-1]["messages"] if message["role"] == role]


def assert_right(run: list[Json], number: int, expected: Expectation) -> None:
    timeline = [see(CONTRACT, "", event, at_ns=at) for at, event in enumerate(events(run))]
    verdict = judge(CONTRACT, timeline, 0, expected)
    assert verdict.right, verdict.violations
    assert events(run)[0]["runId"] == f"run-{number}"


async def test_text_is_whole_and_reasoning_and_calls_are_shown(
    stack: Stack, journal: Journal
) -> None:
    plain = unique("Tell me of the sea", FAST)
    thinks = unique("Think it over", "scenario=reasoning first=20ms gap=2ms")
    calls = unique("The weather?", "scenario=parallel-tools first=20ms gap=2ms")
    text, reasoning, calling, answer = await runs(
        stack.app.root,
        {"message": plain},
        {"message": thinks},
        {"message": calls, "tools": WEATHER},
        {"results": ["Sun.", "Rain."], "tools": WEATHER},
    )
    script = (await journal.ended(key_of(plain))).text
    assert [one["content"] for one in shown(text, "assistant")] == [script]
    thought = (await journal.ended(key_of(thinks))).text
    assert [one["content"] for one in shown(reasoning, "assistant")] == [thought]
    assert len(shown(reasoning, "reasoning")[0]["content"]) > 60
    (message,) = shown(calling, "assistant")
    assert [
        (call["function"]["name"], call["function"]["arguments"]) for call in message["toolCalls"]
    ] == [
        ("get_weather", '{"city":"Oslo"}'),
        ("get_weather", '{"city":"Bergen"}'),
    ]
    assert [one["content"] for one in shown(answer, "assistant")] == ["It says: Rain."]
    for number, run in enumerate((text, reasoning, calling, answer)):
        assert_right(run, number, Expectation(outcome="completed"))
        assert run[-1]["ended"] == "resolved"


async def test_a_stop_is_cancelled_and_a_cut_is_an_error(stack: Stack, journal: Journal) -> None:
    long = unique("Go on and on", "tokens=2000 first=20ms gap=10ms")
    cut = unique("Break off", "tokens=30 first=20ms gap=2ms fault=cut@7")
    stopped, broken = await runs(
        stack.app.root, {"message": long, "stopAt": "TEXT_MESSAGE_CONTENT"}, {"message": cut}
    )
    entry = await journal.ended(key_of(long))
    assert entry.state == "client_closed"
    assert {"outcome": "cancelled"} in stopped
    assert_right(stopped, 0, Expectation(text=entry.text, outcome="stopped"))
    assert {"runError": "UPSTREAM_TRUNCATED"} in broken
    assert events(broken)[-1]["type"] == "RUN_ERROR"
    assert [line for line in broken if "outcome" in line] == []
    assert shown(broken, "assistant")[0]["content"]
    assert_right(broken, 1, Expectation(outcome="failed"))


async def test_a_page_that_leaves_stops_nothing_and_can_come_back(
    stack: Stack, journal: Journal
) -> None:
    message = unique("Tell me of the hills", "tokens=200 first=20ms gap=5ms")
    (left,) = await runs(stack.app.root, {"message": message, "abortAt": "TEXT_MESSAGE_CONTENT"})
    (run,) = [line["run"] for line in left if "aborted" in line]
    async with httpx2.AsyncClient(base_url=stack.app.root, trust_env=False) as http:
        lines = (await http.get(f"/ag-ui/runs/{run}")).text.splitlines()
    payloads = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    timeline = [see(CONTRACT, "", payload, at_ns=at) for at, payload in enumerate(payloads)]
    script = (await journal.ended(key_of(message))).text
    verdict = judge(CONTRACT, timeline, 0, Expectation(text=script, outcome="completed"))
    assert verdict.right, verdict.violations
    *came, end = events(left)
    assert end["code"] == "abort"  # the client's own
    assert payloads[: len(came)] == came
    assert len(payloads) > len(came)


async def test_a_lost_connection_is_an_error_or_is_come_back_from(
    stack: Stack, journal: Journal
) -> None:
    lost = unique("Tell me of the lakes", FAST)
    async with cutting(stack.app.root, [1_500]) as proxy:
        (broken,) = await runs(proxy.url, {"message": lost})
    assert broken[-1]["ended"] == "rejected"
    assert [line for line in broken if "outcome" in line] == []
    message = unique("Tell me of the woods", FAST)
    async with cutting(stack.app.root, [1_500, 0, 700, 2_000]) as proxy:
        (whole,) = await runs(proxy.url, {"message": message}, resumes=True)
        assert list(proxy.cuts) == []
    script = (await journal.ended(key_of(message))).text
    assert_right(whole, 0, Expectation(text=script, outcome="completed"))
    assert [one["content"] for one in shown(whole, "assistant")] == [script]
