"""The environment at the door: what a `.env` file adds to it, and names that come to nothing."""

from pathlib import Path

import pytest

from tokentape.environment import meaning, prepare, remarks


def written(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text)
    return file


def test_file_is_under_the_environment_and_only_our_names_are_read(tmp_path: Path) -> None:
    text = """# a comment
PORT=9000
JWT_SECRET="a secret # with a mark"
export DEFAULT_MODEL=gpt-5
VITE_API_URL=http://x
MOCK_OPENAI_ADMIN_TOKEN=for-the-mock
EMPTY=
"""
    environ = {"PORT": "8001", "PATH": "/bin"}
    assert prepare(environ, written(tmp_path, text)) == []
    assert environ == {
        "PORT": "8001",
        "PATH": "/bin",
        "JWT_SECRET": "a secret # with a mark",
        "DEFAULT_MODEL": "gpt-5",
        "MOCK_OPENAI_ADMIN_TOKEN": "for-the-mock",
    }


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    environ = {"PORT": "1"}
    assert prepare(environ, tmp_path / ".env") == []
    assert environ == {"PORT": "1"}


@pytest.mark.parametrize("in_file", [True, False])
def test_cors_origin_is_taken_for_cors_origins(in_file: bool, tmp_path: Path) -> None:
    line = "CORS_ORIGIN=http://localhost:5173"
    environ = {} if in_file else dict([line.split("=", 1)])
    file = written(tmp_path, line if in_file else "")
    assert prepare(environ, file) == []
    assert environ["CORS_ORIGINS"] == "http://localhost:5173"


def test_of_both_names_ours_holds_and_the_other_is_told(tmp_path: Path) -> None:
    environ = {"CORS_ORIGIN": "https://one.example", "CORS_ORIGINS": "https://two.example"}
    said = prepare(environ, tmp_path / ".env")
    assert said == ["CORS_ORIGIN is not used: CORS_ORIGINS is set too."]
    assert environ["CORS_ORIGINS"] == "https://two.example"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_ORGINS", "CORS_ORIGINS"),
        ("ALLOWED_ORIGINS", "CORS_ORIGINS"),
        ("JWT_SECRET_KEY", "JWT_SECRET"),
        ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("TOKENTAPE_PORT", "PORT"),
        ("SSE_HEARTBEAT", "SSE_HEARTBEAT_S"),
        ("MONGODB_URI", "DATABASE_URL"),
        *((name, None) for name in ("HOSTNAME", "HOSTTYPE", "SHELL", "OPENAI_ORG_ID", "NODE_ENV")),
        *((name, None) for name in ("HTTP_PROXY", "DEBUG", "PORT", "port", "VITE_API_URL")),
        *((name, None) for name in ("TEST_DATABASE_URL", "DEBUG_COLORS", "LOGNAME", "USER")),
    ],
)
def test_name_that_looks_like_a_setting_is_told_with_the_nearest(
    name: str, meant: str | None
) -> None:
    assert meaning(name) == meant
    said = [f"{name} is no setting: did you mean {meant}?"] if meant else []
    assert remarks({name: "x"}) == said
    assert remarks({name: ""}) == []
