"""The plugin as strangers use it: from a separate small project, in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# What a stranger writes: under ten lines.
PROJECT = """\
from openai import OpenAI

def test_the_answer_is_what_was_said(mock_openai):
    mock_openai.say("Hello!").fault("duplicate@0")
    asked = [{"role": "user", "content": "Hi"}]
    stream = OpenAI().chat.completions.create(model="gpt-4o", messages=asked, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "HelloHello!"
    assert mock_openai.journal[0]["last_user"] == "Hi" and mock_openai.verdict["ok"]
"""
MANY = """\
import pytest
from anthropic import Anthropic
from openai import OpenAI, NotFoundError

def ask(text):
    asked = [{"role": "user", "content": text}]
    return OpenAI().chat.completions.create(model="gpt-4o", messages=asked)

@pytest.mark.parametrize("number", range(12))
def test_tests_do_not_see_each_other(mock_openai, number):
    mock_openai.say(f"I am {number}.")
    assert ask("Who?").choices[0].message.content == f"I am {number}."
    assert [entry["text"] for entry in mock_openai.journal] == [f"I am {number}."]
    assert mock_openai.verify(contains="Who?", times=1)

def test_the_newest_that_fits_answers(mock_openai):
    mock_openai.say("Anything.").say("Rain.", when={"last_user": "weather"})
    assert ask("the weather?").choices[0].message.content == "Rain."
    assert ask("else?").choices[0].message.content == "Anything."

def test_anthropics_client_finds_it_too(mock_openai):
    mock_openai.say("I am Claude.")
    asked = [{"role": "user", "content": "Who?"}]
    said = Anthropic().messages.create(model="claude-opus-5", max_tokens=99, messages=asked)
    assert said.content[0].text == mock_openai.journal[0]["text"] == "I am Claude."

def test_a_stream_is_held(mock_openai):
    mock_openai.say("one two three four five six").hold_at(3)
    asked = [{"role": "user", "content": "Count"}]
    stream = OpenAI().chat.completions.create(model="gpt-4o", messages=asked, stream=True)
    assert mock_openai.held()["sent"] == 4
    mock_openai.step(2)
    mock_openai.release()
    assert "".join(c.choices[0].delta.content or "" for c in stream).endswith("six")
    assert mock_openai.drained()["state"] == "finished"

@pytest.mark.mock_openai(strict=True)
def test_what_is_scripted_is_answered(mock_openai):
    mock_openai.say("Yes.", when={"last_user": "expected"})
    assert ask("expected").choices[0].message.content == "Yes."
"""
UNSCRIPTED = """\
import pytest
from openai import OpenAI, NotFoundError

@pytest.mark.mock_openai(strict=True)
def test_what_is_not_scripted_is_refused(mock_openai):
    mock_openai.say("Rain.", when={"last_user": "weather"})
    asked = [{"role": "user", "content": "something else"}]
    with pytest.raises(NotFoundError, match="No scenario of this test fits"):
        OpenAI().chat.completions.create(model="gpt-4o", messages=asked)

def test_it_was_not_called_so(mock_openai):
    OpenAI().models.list()
    assert mock_openai.verify(contains="Bye", times=2)

@pytest.mark.mock_openai(strickt=True)
def test_the_marker_is_misspelled(mock_openai):
    pass

def test_it_waits_in_vain(mock_openai):
    with pytest.raises(ValueError, match="^when.last_usr: unknown key"):
        mock_openai.say("", when={"last_usr": "x"})
    mock_openai.say("a b c").hold_at(1)
    asked = [{"role": "user", "content": "Hi"}]
    stream = OpenAI().chat.completions.create(model="gpt-4o", messages=asked, stream=True)
    with pytest.raises(TimeoutError, match="'drained' did not come true"):
        mock_openai.drained(timeout=0.01)
    stream.close()
"""


# A stranger's suite that never asks for the mock, and has an option and a fixture of its own.
STRANGER_CONFTEST = """\
import sys
import pytest

def pytest_addoption(parser):
    parser.addoption("--host", default="db.example")

@pytest.fixture
def session(pytestconfig):
    return f"session at {pytestconfig.getoption('--host')}"

def pytest_unconfigure():
    print("IMPORTED", *sorted(sys.modules))
"""
STRANGER = """\
def test_its_own_option_and_fixture(session):
    assert session == "session at db.example"
"""

ALONE = ("-p", "mock_openai", "-p", "xdist")
"""The entry points by name: this project's other plugins take a second each to load."""


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_project.py").write_text(text, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "OPENAI"))}
    if options:
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--strict-markers",
            *options,
        ],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_project_uses_it_in_under_ten_lines(tmp_path: Path) -> None:
    assert len(PROJECT.splitlines()) < 10
    done = run(tmp_path, PROJECT)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_tests_of_a_project_are_apart(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, MANY, *ALONE, *options)
    assert "16 passed" in done.stdout, done.stdout + done.stderr


def test_who_fails_is_told_why(tmp_path: Path) -> None:
    done = run(tmp_path, UNSCRIPTED, *ALONE)
    for content in (
        "no scenario of this test fits: 'something else'; not: say-2 (not last_user)",
        "<0 requests fit contains='Bye', times=2; nothing was asked>",
        "the marker is mock_openai(strict=False)",
        "1 failed, 2 passed, 2 errors",
    ):
        assert content in done.stdout, done.stdout + done.stderr


def test_until_it_is_asked_for_it_imports_nothing_and_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(STRANGER_CONFTEST, encoding="utf-8")
    done = run(tmp_path, STRANGER, "-p", "mock_openai")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("IMPORTED")]
    imported = {*line.split()[1:]}
    ours = {"mock_openai", "mock_openai.testing", "mock_openai.testing.pytest_plugin"}
    assert {one for one in imported if one.partition(".")[0] == "mock_openai"} == ours
    served_by = {"starlette", "uvicorn", "httptools", "uvloop", "httpx2", "click", "yaml", "orjson"}
    assert not imported & (served_by | {"http.client", "jinja2", "rich", "re2", "asyncio"})
