"""Random scenarios on real servers: the same bytes everywhere, and broken files."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from hypothesis import given

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from tests.harness.chance import examples
from tests.integration.mock_openai.conftest import Served, chat, serving
from tests.integration.mock_openai.served_here import served_here
from tests.unit.mock_openai.scenarios.test_fuzzed_scenarios import CHAT, RIGHT


async def test_a_broken_file_is_told_and_the_last_good_one_serves_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, refresh = asyncio.Event(), ScenarioFiles.refresh

    def noted(files: ScenarioFiles) -> None:
        refresh(files)
        looked.set()

    monkeypatch.setattr(ScenarioFiles, "refresh", noted)
    file = tmp_path / "mine.yaml"
    file.write_text("steps: [{say: Good.}]\npace: {first_token_ms: 0}\n", encoding="utf-8")
    async with (
        served_here(Settings(folders=(tmp_path,), reload_s=0.05)) as root,
        httpx2.AsyncClient(base_url=root, trust_env=False, timeout=60) as http,
    ):

        async def answer() -> httpx2.Response:
            return await http.post("/v1/chat/completions", json=chat("hi", model="m@mine"))

        async def errors_after_a_look() -> list[str]:
            looked.clear()
            await looked.wait()
            told: list[str] = (await http.get("/__mock__/scenarios")).json()["errors"]
            return told

        good = (await answer()).content
        file.write_text("steps:\n  - say: Bad.\npaze: {}\n", encoding="utf-8")
        assert await errors_after_a_look() == [
            f"{tmp_path}/mine.yaml:3: paze: unknown key 'paze'; did you mean 'pace'?"
        ]
        assert (await answer()).content == good
        file.write_text("steps: [{say: Better.}]\n", encoding="utf-8")
        assert await errors_after_a_look() == []
        assert (await answer()).json()["choices"][0]["message"]["content"] == "Better."


def test_random_scenarios_have_the_same_bytes_in_processes_workers_and_under_load(
    drawn_served: Served, folder: Path, scenarios: list[dict[str, Any]]
) -> None:
    def asked(times: int) -> list[dict[str, Any]]:
        return [
            chat(f"drawn {n}", model=f"m@drawn-{n}", stream=streamed)
            for n in range(len(scenarios))
            for streamed in (True, False)
        ] * times

    async def answers(served: Served, bodies: list[dict[str, Any]]) -> list[tuple[int, bytes]]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=served.url, limits=limits, timeout=60) as asking:
            given = await asyncio.gather(
                *(asking.post("/chat/completions", json=body) for body in bodies)
            )
        return [(one.status_code, one.content) for one in given]

    once = asyncio.run(answers(drawn_served, asked(1)))
    assert {status for status, _ in once} <= {200, 429, 502}
    assert asyncio.run(answers(drawn_served, asked(4)[::-1])) == (once * 4)[::-1]
    with serving("--scenarios", str(folder), "--workers", "2") as other:
        assert asyncio.run(answers(other, asked(2))) == once * 2


def test_the_plan_of_a_random_scenario_is_what_the_ledger_says_was_sent(
    drawn_served: Served, folder: Path, scenarios: list[dict[str, Any]]
) -> None:
    offline = Planner(ScenarioFiles([folder]), Settings())
    for number in range(len(scenarios)):
        said = f"ledger of {number}."
        body = chat(said, model=f"m@drawn-{number}", stream=True)
        plan = offline.plan(CHAT, {}, json.dumps(body).encode()).plan
        answer = drawn_served.post(body)
        assert answer.content == b"".join(frame.data for frame in plan.frames)
        entry = drawn_served.journal(said, frames=1)[0]
        sent = [
            (row["due_ns"] - entry["started_ns"], row["kind"], row["size"])
            for row in entry["frames"]
        ]
        assert sent == [(f.due_ns, f.kind, len(f.data)) for f in plan.frames]
        assert all(row["written_ns"] >= row["due_ns"] for row in entry["frames"])


@pytest.fixture(scope="module")
def scenarios() -> list[dict[str, Any]]:
    """A fixed choice of right scenarios, without those that end by a lost connection."""
    found: list[dict[str, Any]] = []

    @examples(40)
    @given(scenario=RIGHT)
    def draw(scenario: dict[str, Any]) -> None:
        kinds = {key for fault in scenario.get("faults", ()) for key in fault}
        if not kinds & {"reset", "sever"}:
            found.append(scenario)

    draw()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, scenarios: list[dict[str, Any]]) -> Path:
    made = tmp_path_factory.mktemp("scenarios")
    for number, scenario in enumerate(scenarios):
        text = yaml.safe_dump(scenario, allow_unicode=True)
        (made / f"drawn-{number}.yaml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def drawn_served(folder: Path) -> Iterator[Served]:
    with serving("--scenarios", str(folder)) as running:
        yield running
