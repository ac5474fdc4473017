"""Wild scenario files and directives: read, or refused by name; what is read can be played."""

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, ScenarioError
from mock_openai.faults import FAULTS
from mock_openai.plan.pacing import JITTER
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.scenario import Scenario
from mock_openai.settings import Settings
from tests.harness.chance import examples
from tests.unit.mock_openai.bodies import chat

CHAT = ENDPOINTS["/v1/chat/completions"]
PLACES = st.one_of(
    st.integers(0, 30).map(lambda n: f"chunk {n}"),
    st.integers(0, 9_000).map(lambda n: f"byte {n}"),
    st.sampled_from(["request", "before first chunk", "after last chunk", "random"]),
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**12), st.floats(), st.text(max_size=12),
    st.sampled_from(["3s", "200ms", "forever", "reset", "429", {"status": 429}, [1], {}]),
)  # fmt: skip
# Right by construction, and short in time: what can be played.
FAULTY = st.sampled_from(sorted(set(FAULTS) - {"endless-headers", "giant"})).flatmap(
    lambda name: PLACES.map(
        lambda at: {"at": at, name: "20ms" if name in ("stall", "slow-headers") else None}
    )
)
RIGHT = st.fixed_dictionaries(
    {
        "steps": st.lists(
            st.one_of(
                st.text("ab cé😀\n", max_size=40).map(lambda text: {"say": text}),
                st.builds(
                    lambda n, style: {"generate": {"tokens": n, "style": style}},
                    st.integers(0, 30),
                    st.sampled_from(["prose", "code", "markdown", "unicode"]),
                ),
                st.just({"think": {"tokens": 5}}),
                st.just({"echo": None}),
            ),
            max_size=3,
        ),
        "pace": st.fixed_dictionaries(
            {"first_token_ms": st.integers(0, 10), "between_tokens_ms": st.integers(0, 3)},
            optional={
                "jitter": st.sampled_from(sorted(JITTER)),
                "chunk": st.sampled_from(
                    ["word", "token", "char", {"chars": 5}, "frame-per-write"]
                ),
            },
        ),
    },
    optional={"faults": st.lists(FAULTY, max_size=3)},
)
KEYS = st.sampled_from(
    ["name", "when", "pace", "steps", "faults", "sequence", "finish_reason", "hold_at", "recorded",
     "by_name_only", "description", "stepz"]
)  # fmt: skip
INNER = st.sampled_from(
    ["say", "generate", "think", "call_tool", "json", "refuse", "model", "last_user", "at", "cut",
     "stall_ms", "first", "nth", "chunk", "jitter", "cv", "first_token_ms", "writes", "x"]
)  # fmt: skip
WILD = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER, inner, max_size=3)
)


SHELF = ScenarioFiles()


def read(text: str) -> tuple[list[Scenario], ScenarioError | None]:
    try:
        return read_scenarios(text, "wild.yaml", "wild"), None
    except ScenarioError as error:
        return [], error


def cued(
    planner: Planner, headers: dict[str, str], body: bytes
) -> tuple[PlannedAnswer | None, int]:
    """What would be played, or the status of the refusal."""
    try:
        return planner.plan(CHAT, headers, body), 200
    except ApiError as error:
        return None, error.status


def planned(text: str) -> None:
    """Reads a file; where that works, plays all of it in thought."""
    scenarios, refusal = read(text)
    if refusal is not None:
        assert (refusal.file, bool(refusal.message)) == ("wild.yaml", True)
        assert refusal.line >= 1
    for scenario in scenarios:
        planner = Planner(SHELF, Settings())
        planner.session_scenarios.put("", scenario)
        headers = {"x-mock-scenario": scenario.name}
        for streamed in (True, False):
            body = json.dumps(chat("wild", stream=streamed)).encode()
            planned, status = cued(planner, headers, body)
            assert 400 <= status < 500 or status == 200
            dues = [frame.due_ns for frame in planned.plan.frames] if planned else []
            assert dues == sorted(dues)


@examples(150)
@given(top=st.dictionaries(KEYS, WILD, max_size=4))
def test_a_wild_file_is_read_or_refused_by_place(top: dict[str, Any]) -> None:
    planned(yaml.safe_dump(top, allow_unicode=True))


@examples(100)
@given(text=st.text("ab:-[]{}&*!|>%@\"'#,?\n\t 01é\x00", max_size=60))
def test_a_text_that_may_be_no_yaml_is_read_or_refused(text: str) -> None:
    planned(text)


@examples(80)
@given(scenario=RIGHT)
def test_a_right_file_is_played(scenario: dict[str, Any]) -> None:
    text = yaml.safe_dump(scenario, allow_unicode=True)
    read_scenarios(text, "right.yaml", "right")
    planned(text)


@examples(200)
@given(
    key=st.sampled_from(
        ["scenario", "seed", "speed", "tokens", "first", "gap", "fault", "hold", "x"]
    ),
    value=st.one_of(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="[]"), max_size=20),
        st.builds(
            lambda name, at, text: f"{name}@{at}:{text}",
            st.sampled_from([*sorted(FAULTS), "cutt"]),
            st.text("chunkbyte0123456789firstlast-", max_size=8),
            st.text("0123456789smforever;=-.é", max_size=9),
        ),
    ),
    place=st.sampled_from(["directive", "header"]),
)  # fmt: skip
def test_a_wild_directive_is_obeyed_or_refused_by_name(key: str, value: str, place: str) -> None:
    headers = {f"x-mock-{key}": value} if place == "header" else {}
    said = "hi" if headers else f"hi [[mock: {key}={value}]]"
    planned, status = cued(PLANNER, headers, json.dumps(chat(said, stream=True)).encode())
    assert status == (400 if planned is None else 200)


PLANNER = Planner(ScenarioFiles(), Settings())


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 10)),
        "&a [*a]",
        "steps: " + "[" * 5_000,
        "steps: " + "{a: " * 5_000,
        "!!python/object/apply:os.system [ls]",
        "steps: [{say: !!python/name:os.system x}]",
        "steps: [{say: !!bool x}]",
        'steps: [{say: !!int ""}]',
        'steps: [{say: !!float ""}]',
        "steps: [{say: !!timestamp x}]",
        f"steps: [{{say: {'1:' * 300}1.5}}]",
        "? [a]\n: b",
        "steps: []\nsteps: []",
        "\x00",
    ],
)  # fmt: skip
def test_a_bomb_is_refused_at_once(text: str) -> None:
    before_s = time.process_time()
    with pytest.raises(ScenarioError):
        read_scenarios(text, "bomb.yaml", "bomb")
    assert time.process_time() - before_s < 5
