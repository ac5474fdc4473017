import pytest

from mock_openai.endpoints.messages import read_messages
from mock_openai.errors import ApiError
from mock_openai.faults.reading import read_fault_text
from mock_openai.plan.pacing import MS
from mock_openai.request.overrides import (
    DIRECTIVE_KEYS,
    Overrides,
    read_directive,
    read_headers,
    read_model,
)


def test_a_directive_is_read_and_is_not_part_of_the_text() -> None:
    text, said = read_directive(
        "Hi there. [[mock: scenario=hello seed=7 speed=2 tokens=400 first=200ms gap=20ms "
        "fault=stall@50:3s fault=cut@60 hold=5]]"
    )
    assert text == "Hi there."
    assert said == Overrides(
        "hello", 7, 2.0, 400, 200 * MS, 20 * MS, 5,
        (read_fault_text("stall@50:3s"), read_fault_text("cut@60")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "param", "problem"),
    [
        ("[[mock: sped=2]]", "sped", "did you mean 'speed'"),
        ("[[mock: speed=fast]]", "speed", "'fast' is not a factor"),
        ("[[mock: speed=nan]]", "speed", "not a factor"),
        ("[[mock: tokens=-1]]", "tokens", "not a whole number"),
        ("[[mock: scenario=../x]]", "scenario", "not a scenario name"),
        ("[[mock: seed]]", "seed", "key=value"),
        ("[[mock: seed=1", "messages", "not closed"),
        ("[[mock: fault=brake@3]]", "fault", "unknown fault"),
    ],
)
def test_a_wrong_directive_is_a_400_that_names_it(text: str, param: str, problem: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_directive(text)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert problem in caught.value.message


def test_headers_say_the_same_as_a_directive() -> None:
    said = read_headers({"x-mock-fault": "cut@12, lose@3", "x-mock-seed": "9", "accept": "*/*"})
    assert said == Overrides(seed=9, faults=(read_fault_text("cut@12"), read_fault_text("lose@3")))


def test_a_model_suffix_chooses_a_scenario() -> None:
    assert read_model("gpt-4o@slow-start") == ("gpt-4o", Overrides(scenario="slow-start"))
    assert read_model("ft:gpt-4o:acme::abc") == ("ft:gpt-4o:acme::abc", Overrides())


def test_the_stronger_word_wins_and_faults_add_up() -> None:
    weak = Overrides(scenario="a", seed=1, faults=(read_fault_text("lose@1"),))
    strong = Overrides(seed=2, faults=(read_fault_text("cut@2"),))
    assert weak.under(strong) == Overrides(
        scenario="a", seed=2, faults=(read_fault_text("lose@1"), read_fault_text("cut@2"))
    )


@pytest.mark.parametrize("earlier", ["[[mock: nonsense]]", "[[mock: gap=]]", "[[mock: seed=3]]"])
def test_an_earlier_directive_is_passed_over_right_or_wrong(earlier: str) -> None:
    asked = [f"Before {earlier}", "Now [[mock: seed=7]]"]
    received = read_messages([{"role": "user", "content": one} for one in asked])
    assert received.prompt == "Before\nNow"
    assert received.overrides == Overrides(seed=7)
    with pytest.raises(ApiError):
        read_messages([{"role": "user", "content": "Now [[mock: nonsense]]"}])


@pytest.mark.parametrize("key", DIRECTIVE_KEYS)
def test_the_example_of_each_key_is_read(key: str) -> None:
    _, overrides = read_directive(f"Hi [[mock: {key}={DIRECTIVE_KEYS[key].example}]]")
    assert getattr(overrides, DIRECTIVE_KEYS[key].field) not in (None, ())
