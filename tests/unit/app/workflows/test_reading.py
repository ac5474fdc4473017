"""Workflow files: the shipped ones are right, and each fault of a wrong one is named."""

from pathlib import Path

import pytest

from tokentape.workflows.reading import SHIPPED, WorkflowFault, read_folders, read_text

RIGHT = """
name: right
steps:
  - name: one
    prompt: Ask.
    collect: topic
  - name: two
    prompt: Tell about {topic}.
"""
WRONG: dict[str, tuple[str, str]] = {
    "no mapping": ("- a", "f.yaml:1: the file: a mapping is needed here"),
    "nothing": ("", "f.yaml:1: the file: a mapping is needed here"),
    "no YAML": ("a: [", "f.yaml:1: not YAML"),
    "no steps": ("name: x\nsteps: []", "f.yaml:2: steps: List should have at least 1 item"),
    "no prompt": ("name: x\nsteps: [{name: a}]", "f.yaml:2: steps.0.prompt: Field required"),
    "unknown key": (
        RIGHT.replace("collect", "colect"),
        "f.yaml:6: steps.0.colect: unknown key. Did you mean 'collect'?",
    ),
    "unknown top key": (RIGHT + "setps: 1", "f.yaml:9: setps: unknown key. Did you mean 'steps'?"),
    "unknown next": (
        RIGHT + "    next: onne",
        "f.yaml:9: steps.1.next: no step is called 'onne'. Did you mean 'one'?",
    ),
    "in a circle": (RIGHT + "    next: one", "f.yaml:9: steps.1.next: leads in a circle"),
    "unreached": (
        RIGHT.replace("    collect", "    next: end\n    collect"),
        "f.yaml:8: steps.1: no step leads to 'two'.",
    ),
    "same name": (RIGHT.replace("two", "one"), "f.yaml:7: steps.1.name: 'one' is taken."),
    "uncollected": (
        RIGHT.replace("{topic}", "{topics}"),
        "f.yaml:8: steps.1.prompt: nothing collects {topics}. Did you mean 'topic'?",
    ),
    "no sentences": (
        RIGHT + "    max_sentences: 0",
        "f.yaml:9: steps.1.max_sentences: Input should be greater than or equal to 1",
    ),
    "words for a number": (
        RIGHT + "    max_tokens: many",
        "f.yaml:9: steps.1.max_tokens: Input should be a valid integer",
    ),
    "key twice": (
        RIGHT + "    prompt: Ask again.",
        "f.yaml:9: prompt: it stands there twice, in line 9 too",
    ),
    "unknown kind": (RIGHT + "    kind: speech", "f.yaml:9: steps.1.kind: Input should be 'chat'"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_fault_names_file_line_and_field(wrong: str) -> None:
    text, told = WRONG[wrong]
    with pytest.raises(WorkflowFault) as fault:
        read_text(text, "f.yaml")
    assert str(fault.value).startswith(told)


def test_steps_follow_each_other_and_chat_steps_have_two_sentences() -> None:
    workflow = read_text(RIGHT, "f.yaml")
    assert [(step.name, step.next, step.max_sentences) for step in workflow.steps] == [
        ("one", "two", 2),
        ("two", None, 2),
    ]
    assert workflow.steps[1].message == "right is complete."


def test_shipped_workflows_have_four_steps_or_more() -> None:
    shipped = read_folders(None)
    assert len(shipped) == len(list(SHIPPED.glob("*.yaml"))) >= 2
    assert all(len(workflow.steps) >= 4 for workflow in shipped.values())


def test_own_folder_adds_and_replaces_and_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text(RIGHT)
    (tmp_path / "support.yml").write_text(RIGHT.replace("right", "support"))
    (tmp_path / "notes.txt").write_text("not one of them")
    found = read_folders(tmp_path)
    assert set(found) == {"onboarding", "support", "right"}
    assert len(found["support"].steps) == 2
    (tmp_path / "again.yaml").write_text(RIGHT)
    with pytest.raises(WorkflowFault, match=r"right\.yaml: name: another file"):
        read_folders(tmp_path)
    with pytest.raises(WorkflowFault, match="WORKFLOWS_DIR"):
        read_folders(tmp_path / "nowhere")
