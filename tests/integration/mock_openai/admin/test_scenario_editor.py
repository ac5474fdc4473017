"""Writing scenarios over HTTP: their texts, what is wrong with them, where they are kept; and a
real server's answer as one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, serving, texts

OWN = """# Said to who asks for it.
name: own
by_name_only: true
steps: [{say: "one two three four"}]
"""
PAIR = """name: left
by_name_only: true
steps: [{say: left}]
---
# The other one.
name: right
by_name_only: true
steps: [{say: right}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "pair.yaml").write_text(PAIR)
    return folder


@pytest.fixture(scope="module")
def keeping(folder: Path) -> Iterator[Served]:
    with serving("--scenarios", str(folder)) as running:
        yield running


def request(served: Served, method: str, path: str, **more: Any) -> httpx2.Response:
    return httpx2.request(method, f"{served.root}/__mock__/{path}", timeout=30, **more)


def checked(served: Served, text: str, **more: Any) -> dict[str, Any]:
    answer = request(served, "POST", "scenarios/check", json={"scenario": text, **more})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_each_scenario_of_a_file_has_its_own_text(keeping: Served) -> None:
    right = request(keeping, "GET", "scenarios/right").json()
    assert right["text"].startswith("# The other one.\nname: right")
    assert "left" not in right["text"]
    assert "right" not in request(keeping, "GET", "scenarios/left").json()["text"]
    assert request(keeping, "GET", "scenarios/stall").json()["text"].startswith("name: stall")
    assert request(keeping, "GET", "scenarios/no-such").status_code == 404


@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        ("name: x\nsteps:\n  - say: hi\n  - sey: ho\n", 4, "steps[1].sey", "did you mean 'say'"),
        ("name: x\nsteps: [{say: hi}]\nfaults:\n  - lose@x\n", 4, "faults[0]", "not a place"),
        ("name: x\nsteps: [", 2, "", ""),
        ("", 1, "", "no scenario"),
        (PAIR, 1, "", "one scenario at a time"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_field(
    served: Served, text: str, line: int, path: str, words: str
) -> None:
    content = checked(served, text)
    assert not content["ok"]
    problem = content["problem"]
    assert abs(problem["line"] - line) <= (1 if words == "" else 0)
    assert problem["path"] == path
    assert words in problem["message"]


def test_a_right_text_is_planned_with_its_faults_and_without(served: Served) -> None:
    content = checked(served, OWN + 'faults: ["lose@1", "cut@3"]\n')
    assert content["ok"]
    assert content["name"] == "own"
    assert not content["always"]
    assert [f["fault"] for f in content["plan"]["faults"]] == ["lose", "cut"]
    assert content["plan"]["ending"] == "eof"
    chunks = [frame["chunk"] for frame in content["plan"]["frames"] if frame["kind"] == "content"]
    meant = [frame["chunk"] for frame in content["meant"]["frames"] if frame["kind"] == "content"]
    assert 1 not in chunks
    assert meant == list(range(len(content["meant"]["chunks"])))
    assert checked(served, "steps: [{say: hi}]")["always"]


def test_a_long_plan_is_told_in_part(served: Served) -> None:
    content = checked(served, "steps: [{generate: {tokens: 6000}}]")
    assert len(content["plan"]["frames"]) == 4_000
    assert content["plan"]["frames_in_all"] > 6_000


def test_a_scenario_is_kept_in_the_folder_and_in_force_at_once(
    keeping: Served, folder: Path
) -> None:
    request(
        keeping, "PUT", "scenarios/own", content="steps: [{say: put before}]"
    ).raise_for_status()
    stored = request(keeping, "PUT", "scenarios/own", params={"keep": 1}, content=OWN)
    assert stored.json()["kept"] == str(folder / "own.yaml")
    assert (folder / "own.yaml").read_text() == OWN
    asked = chat("say it [[mock: scenario=own first=0ms gap=0ms]]", stream=True)
    assert "".join(texts(keeping.post(asked).text)) == "one two three four"
    listed = request(keeping, "GET", "scenarios").json()
    assert listed["folder"] == str(folder)
    assert request(keeping, "GET", "scenarios/own").json()["kept"] == str(folder / "own.yaml")
    changed = OWN.replace("four", "five")
    request(keeping, "PUT", "scenarios/own", params={"keep": 1}, content=changed).raise_for_status()
    assert (folder / "own.yaml").read_text() == changed
    gone = request(keeping, "DELETE", "scenarios/own", params={"kept": 1})
    assert gone.json()["deleted"]
    assert not (folder / "own.yaml").exists()
    assert request(keeping, "GET", "scenarios/own").status_code == 404


@pytest.mark.parametrize(
    ("name", "text", "status", "words"),
    [
        ("left", PAIR.partition("---")[0], 409, "with others"),
        ("own", OWN.replace("name: own", "name: other"), 400, "named 'other'"),
        ("..", "steps: [{say: x}]", 404, ""),
        ("own", "steps: [{sey: x}]", 400, "did you mean"),
    ],
)
def test_what_can_not_be_kept_is_refused_and_nothing_is_written(
    keeping: Served, folder: Path, name: str, text: str, status: int, words: str
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    refused = request(keeping, "PUT", f"scenarios/{name}", params={"keep": 1}, content=text)
    assert refused.status_code == status
    assert words in refused.text
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "pair.yaml").read_text() == PAIR


def test_without_a_folder_nothing_is_kept_and_shipped_files_are_never_deleted(
    served: Served,
) -> None:
    refused = request(served, "PUT", "scenarios/own", params={"keep": 1}, content=OWN)
    assert refused.status_code == 409
    assert "--scenarios" in refused.text
    assert request(served, "GET", "scenarios").json()["folder"] is None
    assert request(served, "DELETE", "scenarios/stall", params={"kept": 1}).status_code == 404
    assert request(served, "GET", "scenarios/stall").status_code == 200


def test_every_fault_is_told_with_what_it_does(served: Served) -> None:
    faults = request(served, "GET", "faults").json()["faults"]
    assert {"cut", "stall", "lose", "refuse"} <= {fault["name"] for fault in faults}
    assert all(fault["effect"] and fault["violation"] and fault["at"] for fault in faults)


def test_a_real_answer_becomes_a_scenario_that_plays_alike_and_holds_no_key(
    served: Served, keeping: Served
) -> None:
    key = "sk-very-secret-indeed"
    asked = chat(f"What is {key}? [[mock: tokens=12 first=5ms gap=5ms]]")
    recorded = request(
        served,
        "POST",
        "record",
        json={"upstream": keeping.url, "request": asked},
        headers={"X-Upstream-Key": key},
    )
    assert recorded.status_code == 200, recorded.text
    content = recorded.json()
    assert key not in recorded.text
    assert content["status"] == 200
    assert content["writes"] > 5
    assert checked(served, content["text"])["ok"]
    put = request(served, "PUT", f"scenarios/{content['name']}", content=content["text"])
    put.raise_for_status()
    named = chat(f"again [[mock: scenario={content['name']}]]", stream=True)
    said = keeping.post({**asked, "stream": True}).text
    assert texts(served.post(named).text) == texts(said)
    request(served, "DELETE", f"scenarios/{content['name']}").raise_for_status()


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"upstream": "http://127.0.0.1:1/v1", "request": chat("x")}, 502, "does not answer"),
        ({"upstream": "file:///etc/passwd", "request": chat("x")}, 400, "base URL"),
        ({"upstream": "http://127.0.0.1:1/v1"}, 400, "'request'"),
        ({"upstream": 7, "request": chat("x")}, 400, "'upstream'"),
        ({"upstream": "http://[", "request": chat("x")}, 400, "base URL"),
        ({"upstream": "http://127.0.0.1:99999/v1", "request": chat("x")}, 400, "base URL"),
    ],
)
def test_a_recording_that_can_not_be_is_told_why(
    served: Served, given: dict[str, Any], status: int, words: str
) -> None:
    headers = {"X-Upstream-Key": "sk-very-secret-indeed"}
    answer = request(served, "POST", "record", json=given, headers=headers)
    assert answer.status_code == status
    assert words in answer.text
    assert "sk-very-secret-indeed" not in answer.text
