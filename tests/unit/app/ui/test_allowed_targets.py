"""What the page may make the server ask: by the letter, and nothing that leads elsewhere."""

import re

import pytest
from pydantic import ValidationError

from tokentape.server.demo import OWN
from tokentape.settings import Settings
from tokentape.ui.allowed_targets import target
from tokentape.ui.server_functions import UnfitInput

EVERYWHERE = [
    "http://127.0.0.1:8000",
    "http://[::1]:8000/v1",
    "http://localhost/x?y=z",
    "http://10.1.2.3",
    "https://api.example/v1",
    "https://a.api.example",
]


def asked(ui_targets: str) -> list[str]:
    """Those of `EVERYWHERE` that may be asked."""
    found = []
    for url in EVERYWHERE:
        try:
            found.append(target(url, Settings(ui_targets=ui_targets).targets))
        except UnfitInput:
            continue
    return found


@pytest.mark.parametrize(
    ("ui_targets", "let"),
    [
        ("", []),
        ("none", []),
        ("loopback", EVERYWHERE[:3]),
        ("127.0.0.1", EVERYWHERE[:1]),
        ("::1", EVERYWHERE[1:2]),
        ("10.0.0.0/8", EVERYWHERE[3:4]),
        ("api.example", EVERYWHERE[4:5]),
        ("*.api.example", EVERYWHERE[5:6]),
        ("loopback, api.example", [*EVERYWHERE[:3], EVERYWHERE[4]]),
        ("*", EVERYWHERE),
    ],
)
def test_each_entry_lets_what_it_names_and_no_more(ui_targets: str, let: list[str]) -> None:
    assert asked(ui_targets) == let


@pytest.mark.parametrize(
    "url",
    [
        "http://0.0.0.0:8000",
        "http://[::]:8000",
        "http://2130706433",
        "http://0x7f000001",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://127.1",
        "http://127.0.0.1.nip.example",
        "http://localhost.evil.example",
        "http://evil.localhost",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80@evil.example/",
        "http://evil.example#@127.0.0.1",
        "http://evil.example\\@127.0.0.1",
        "http://127.0.0.1\\@evil.example",
        "http:/127.0.0.1",
        "http:127.0.0.1",
        "//127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:",
        "http://127.0.0.1:8000 .evil.example",
        "http://127.0.0.1\t.evil.example",
        "http://127.0.0.1\r\nHost: x",
        "http://\uff11\uff12\uff17.0.0.1",
        "http://\u2460.example",
        "http://[::1%25eth0]",
        "http://[::ffff:10.0.0.1]",
        "http://[64:ff9b::7f00:1]",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
        "unix:///run/x",
        "",
        "http://",
    ],
)
def test_loopback_is_this_machine_as_it_is_written(url: str) -> None:
    with pytest.raises(UnfitInput):
        target(url, ["loopback"])


def test_an_ipv4_address_in_ipv6_is_what_it_is() -> None:
    assert target("http://[::ffff:127.0.0.1]:1", ["loopback"])
    assert target("http://[::ffff:10.0.0.1]:1", ["10.0.0.0/8"])


def test_the_message_says_what_may_be_asked_and_by_which_setting() -> None:
    with pytest.raises(
        UnfitInput, match=r"ask 10\.0\.0\.1: UI_TARGETS .* is this machine, x\.example"
    ):
        target("http://10.0.0.1/", ["loopback", "x.example"])


def test_nothing_by_default_and_loopback_in_the_demo() -> None:
    assert Settings().targets == ()
    assert OWN["ui_targets"] == "loopback"
    for wrong in ("http://x.example", "a b", "10.0.0.0/99", "x/y"):
        with pytest.raises(ValidationError):
            Settings(ui_targets=wrong)


@pytest.mark.parametrize("before", ["none", "10.9.0.0/16,other.example"])
@pytest.mark.parametrize("url", EVERYWHERE)
def test_a_refusal_says_with_which_setting_the_server_would_be_asked(url: str, before: str) -> None:
    with pytest.raises(UnfitInput) as refused:
        target(url, Settings(ui_targets=before).targets)
    (setting,) = re.findall(r"Start the server with UI_TARGETS=(\S+) to let it", str(refused.value))
    targets = Settings(ui_targets=setting).targets
    assert target(url, targets) == url
    assert len(targets) == (1 if before == "none" else 3), "and lets what it let before"
