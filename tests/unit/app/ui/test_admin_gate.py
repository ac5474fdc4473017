"""Who may use the tabs for whoever runs the server."""

import pytest
from pydantic import SecretStr

from tokentape.server.demo import demo_settings
from tokentape.settings import Settings
from tokentape.ui.admin_gate import admitted, show_token
from tokentape.ui.page_state import Pages

TOKEN = "a-token-of-the-admin"
LOCKED = Settings(admin_token=SecretStr(TOKEN))


def test_nobody_is_let_in_who_has_shown_nothing() -> None:
    pages = Pages()
    assert not admitted(LOCKED, pages, "page")
    assert not admitted(LOCKED, pages, None)
    assert not admitted(Settings(), pages, "page")


def test_the_right_token_lets_its_own_page_in_and_no_other() -> None:
    pages = Pages()
    assert show_token(LOCKED, pages, "page", f" {TOKEN}\n")
    assert admitted(LOCKED, pages, "page")
    assert not admitted(LOCKED, pages, "another")
    pages.close("page")
    assert not admitted(LOCKED, pages, "page"), "a page that was closed has to show it again"


@pytest.mark.parametrize("token", ["", "a-token-of-the-admi", "A-TOKEN-OF-THE-ADMIN", "ÿ"])
def test_a_wrong_token_lets_nobody_in(token: str) -> None:
    pages = Pages()
    assert not show_token(LOCKED, pages, "page", token)
    assert not admitted(LOCKED, pages, "page")


def test_without_a_token_of_the_server_no_token_is_right() -> None:
    pages = Pages()
    assert not show_token(Settings(), pages, "page", "")
    assert not admitted(Settings(), pages, "page")


def test_an_open_page_lets_everybody_in() -> None:
    assert admitted(Settings(ui_open=True), Pages(), None)


def test_the_demo_is_open_on_loopback_alone_and_not_where_a_token_was_set(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.delenv("ADMIN_TOKEN", raising=False)
    assert demo_settings(0, "127.0.0.1", {}).ui_open
    assert not demo_settings(0, "0.0.0.0", {}).ui_open  # noqa: S104  # nothing listens here
    monkeypatch.setenv("ADMIN_TOKEN", TOKEN)
    assert not demo_settings(0, "127.0.0.1", {}).ui_open
