"""Sessions: parallel tests share one server and never see each other."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from mock_openai.catalog import session_scenarios as overlays
from mock_openai.catalog.match_counter import MatchCounter
from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.catalog.session_scenarios import SessionScenarios
from mock_openai.errors import ApiError
from mock_openai.scenarios.scenario import Scenario
from tests.integration.mock_openai.conftest import Served, chat

SAY = "pace: {{first_token_ms: 1, between_tokens_ms: 1}}\nsteps: [{{say: {}}}]\n"


def admin(
    served: Served, method: str, path: str, session: str = "", **more: Any
) -> httpx2.Response:
    headers = {"x-mock-session": session} if session else {}
    return httpx2.request(method, f"{served.root}/__mock__{path}", headers=headers, **more)


def text_of(answer: httpx2.Response) -> str:
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


def test_two_sessions_in_parallel_never_see_each_other(served: Served) -> None:
    def work(session: str) -> None:
        for turn in range(15):
            said = f"{session} says {turn}"
            put = admin(served, "PUT", "/scenarios/mine", session, content=SAY.format(said))
            assert put.status_code == 200
            answer = served.post(chat("same question"), **{"x-mock-session": session})
            assert text_of(answer) == said
            entries = admin(served, "GET", "/requests?limit=100", session).json()["requests"]
            assert {entry["session"] for entry in entries} == {session}
            assert len(entries) == turn + 1
        assert admin(served, "POST", "/reset", session).status_code == 200
        assert admin(served, "GET", "/requests", session).json()["requests"] == []

    sessions = [f"parallel-{n}" for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, sessions))
    for session in sessions:
        names = [s["name"] for s in admin(served, "GET", "/scenarios", session).json()["scenarios"]]
        assert "mine" not in names


def test_a_scenario_is_put_seen_and_deleted_in_its_session_alone(served: Served) -> None:
    body = chat("unchanged by others [[mock: first=0 gap=0]]")
    before = served.post(body).content
    admin(served, "PUT", "/scenarios/own", "alone", content=SAY.format("Mine."))
    assert text_of(served.post(body, **{"x-mock-session": "alone"})) == "Mine."
    assert served.post(body).content == before
    assert admin(served, "DELETE", "/scenarios/own", "alone").status_code == 200
    assert admin(served, "DELETE", "/scenarios/own", "alone").status_code == 404
    assert served.post(body, **{"x-mock-session": "alone"}).content == before


def test_a_preview_puts_nothing(served: Served) -> None:
    given = {"scenario": SAY.format("Only looked at."), "request": chat("x", stream=True)}
    plan = admin(served, "POST", "/scenarios/preview", json=given).json()
    assert plan["text"] == "Only looked at."
    assert plan["frames"][0]["kind"] == "role"
    names = [s["name"] for s in admin(served, "GET", "/scenarios").json()["scenarios"]]
    assert "preview" not in names


def test_a_broken_scenario_is_refused_with_line_path_and_nearest_key(served: Served) -> None:
    answer = admin(served, "PUT", "/scenarios/broken", content="steps:\n  - sya: hello\n")
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert message.startswith("body:2: steps[0].sya: unknown key 'sya'; did you mean 'say'?")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "%2e%2e%2fescape", "x" * 101, "a b"])
def test_a_name_never_is_a_path(served: Served, name: str) -> None:
    assert admin(served, "PUT", f"/scenarios/{name}", content=SAY.format("x")).status_code >= 400


@pytest.mark.parametrize(
    ("when", "fitting"),
    [("first: true", [1]), ("first: 2", [1, 2]), ("nth: 2", [2]), ("every: 3", [3, 6])],
)
def test_a_scenario_answers_by_the_number_of_the_request(
    served: Served, when: str, fitting: list[int]
) -> None:
    session = when.replace(": ", "-")
    body = f"when: {{last_user: counted, {when}}}\n" + SAY.format("This one.")
    admin(served, "PUT", "/scenarios/counted", session, content=body)
    asked = chat("counted [[mock: first=0 gap=0]]")
    # A plan is no request, and requests of another session don't count.
    admin(served, "POST", "/plan", session, json=asked)
    served.post(asked)
    said = [text_of(served.post(asked, **{"x-mock-session": session})) for _ in range(7)]
    assert [n for n, text in enumerate(said, 1) if text == "This one."] == fitting


def test_a_scenario_answers_one_conversation_and_counts_in_each(served: Served) -> None:
    body = "when: {conversation: /^talk/, first: true}\n" + SAY.format("New here.")
    admin(served, "PUT", "/scenarios/welcome", "talks", content=body)

    def request(user: str) -> bool:
        asked = chat("hello [[mock: first=0 gap=0]]", user=user)
        return text_of(served.post(asked, **{"x-mock-session": "talks"})) == "New here."

    assert [request("talk-1"), request("talk-2"), request("talk-1"), request("other")] == [
        True, True, False, False
    ]  # fmt: skip


def test_verify_says_whether_it_was_called_so(served: Served) -> None:
    headers = {"x-mock-session": "verified"}
    for _ in range(2):
        served.post(chat("verify me [[mock: scenario=instant]]"), **headers)

    def verify(**expected: Any) -> tuple[int, int]:
        answer = admin(served, "POST", "/verify", "verified", json=expected)
        return answer.status_code, answer.json().get("count", -1)

    assert verify(contains="verify me", times=2) == (200, 2)
    assert verify(contains="verify me", times=1) == (409, 2)
    assert verify(model="gpt-4o", scenario="instant", state="finished", at_least=1) == (200, 2)
    assert verify(model="gpt-5") == (409, 0)
    assert verify(model="gpt-5", at_most=0) == (200, 0)
    assert verify(modle="gpt-5")[0] == 400
    assert verify(times=-1)[0] == 400


def test_no_secret_is_in_the_journal(served: Served) -> None:
    secrets = {
        "authorization": "Bearer sk-sesame-1", "cookie": "id=sesame-2", "api-key": "sesame-3",
        "x-api-key": "sesame-4", "proxy-authorization": "sesame-5", "x-session-token": "sesame-6",
        "openai-organization": "sesame-7",
    }  # fmt: skip
    asked = chat("no secrets [[mock: scenario=instant]]")
    served.post(asked, **secrets, **{"x-plain": "kept"})
    content = admin(served, "GET", "/requests?contains=no secrets").text
    assert "sesame" not in content
    assert '"x-plain":"kept"' in content


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:9", 200), ("127.0.0.1", 200), ("[::1]:9", 200),
        ("evil.example", 403), ("evil.example:9100", 403), ("127.0.0.1.evil.example", 403),
        ("", 403),
    ],
)  # fmt: skip
def test_admin_routes_refuse_other_names_for_this_host(
    served: Served, host: str, status: int
) -> None:
    answer = httpx2.get(f"{served.root}/__mock__/scenarios", headers={"host": host})
    assert answer.status_code == status


def test_the_name_of_a_session_has_a_bound(served: Served) -> None:
    for headers in (
        {"x-mock-session": "s" * 201},
        {"authorization": "Bearer mock-session-" + "s" * 201},
    ):
        refused = served.post(chat("hi"), **headers)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "x-mock-session"
    assert admin(served, "GET", "/requests", "s" * 201).status_code == 400


def test_what_is_put_is_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlays, "MOST_CHARACTERS", 100)
    overlay = SessionScenarios(ScenarioFiles())
    long = Scenario(name="long", text="x" * 60)
    overlay.put("", long)
    overlay.put("a", long)
    overlay.put("b", long)
    assert overlay.view("a").named("long") is long, "put for all"
    overlay.delete("", "long")
    assert overlay.view("a").named("long") is None, "the oldest session went"
    assert overlay.view("b").named("long") is long
    overlay.put("b", long)
    with pytest.raises(ApiError, match="100 characters"):
        overlay.put("b", Scenario(name="longer", text="x" * 60))


def test_a_conversation_may_be_named_with_megabytes() -> None:
    tally = MatchCounter()
    assert [tally.count("s", "n", "x" * 1_000_000) for _ in range(2)] == [1, 2]
    assert tally.next("s", "n", "x" * 1_000_000) == 3
    assert max(len(name) for key in tally._counts for name in key) < 200
