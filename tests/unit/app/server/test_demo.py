"""The demo's own secret, which its tokens are signed with, and the token of its mock."""

from pathlib import Path

import pytest

from tokentape.server import demo
from tokentape.settings import Settings


def settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(demo, "FOLDER", folder)
    monkeypatch.delenv("JWT_SECRET", raising=False)
    return demo.demo_settings(0, "127.0.0.1", {})


def secret_of(made: Settings) -> str:
    assert made.jwt_secret is not None
    return made.jwt_secret.get_secret_value()


def test_the_secret_outlives_a_restart_and_is_the_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (secret_of(settings(tmp_path, monkeypatch)) for _ in range(2))
    assert first == second
    assert len(first) == 64
    assert (tmp_path / "jwt_secret").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_was_not_written_whole_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jwt_secret").touch()  # as by a kill between making the file and writing it
    assert len(secret_of(settings(tmp_path, monkeypatch))) == 64


def test_what_the_environment_sets_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE_LIMIT_ANONYMOUS", "1/hour")
    monkeypatch.setenv("SHUTDOWN_GRACE_S", "7")
    made = settings(tmp_path, monkeypatch)
    limits = (made.rate_limit_anonymous, made.rate_limit_authenticated, made.shutdown_grace_s)
    assert limits == ("1/hour", "off", 7)
