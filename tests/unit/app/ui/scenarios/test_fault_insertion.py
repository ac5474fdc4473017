"""A fault put into a scenario's text: as YAML, it is what it was and one fault more."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tokentape.ui.scenarios.fault_insertion import NoPlace, with_fault

TEXTS = [
    "",
    "steps: [{say: hi}]",
    "name: a\nsteps:\n  - say: hi\n",
    "faults:\n  - cut@3\nname: after\n",
    "faults:\n- cut@3   # not indented\n\n# a comment at the end\n",
    "faults:\n  - at: chunk 3\n    stall_ms: 300\nsteps:\n  - say: hi",
    "faults:\n  - {at: chunk 3, stall_ms: 300}\n\n\nsteps: []\n",
    "faults: [cut@3]\n",
    "faults: [cut@3, ]\nname: a\n",
    "faults: []\nname: a\n",
    "faults:\nname: a\n",
    "faults: ~\n",
    "faults: [\n  cut@3,\n  lose@1\n]\n",
    'name: a\nfaults:\n  - "cut@3"\n  - lose@2',
    "# nothing but a comment\n",
]
FAULTS = ["stall@7:3s", "cut@12", "refuse@request:429;retry-after=5", "html@request:502"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("text", TEXTS)
def test_one_fault_more_and_nothing_else_is_changed(text: str, fault: str) -> None:
    found = with_fault(text, fault)
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(found.text)
    assert after == {**before, "faults": [*(before.get("faults") or []), fault]}
    assert fault in found.text.splitlines()[found.line - 1]
    lost = [line for line in text.splitlines() if line.strip() and line not in found.text]
    assert len(lost) <= 1, "no more than the line of an inline list is changed"
    for comment in (part for part in text.split("\n") if part.strip().startswith("#")):
        assert comment in found.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", "not YAML"),
        ("- a list", "mapping"),
        ("{name: a, steps: []}", "several lines"),
        ("faults: {at: 3}\n", "no list"),
        ("faults: cut@3\n", "no list"),
    ],
)
def test_a_text_without_a_place_for_it_is_told_so(text: str, words: str) -> None:
    with pytest.raises(NoPlace, match=words):
        with_fault(text, "cut@3")


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused(text: str) -> None:
    try:
        found = with_fault(text, "cut@3")
    except NoPlace:
        return
    assert "cut@3" in yaml.safe_load(found.text)["faults"]


def test_faults_follow_each_other_in_the_order_of_their_coming() -> None:
    text = "name: a\nsteps: [{say: hi}]\n"
    for fault in FAULTS:
        text = with_fault(text, fault).text
    assert yaml.safe_load(text)["faults"] == FAULTS
