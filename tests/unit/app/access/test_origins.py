"""Which pages may call: localhost's or those that are named, and always the server's own."""

import pytest

from tokentape.access.origins import is_page, may_call
from tokentape.settings import Settings

HOST = "chat.example:8000"
OWN = "http://chat.example:8000"
LOCAL = "http://localhost:5173"
NAMED = "https://named.example"
EVIL = "https://evil.example"


@pytest.mark.parametrize(
    ("cors_origins", "api", "page"),
    [
        ("", {None, OWN, LOCAL}, {None, OWN}),
        (NAMED, {None, OWN, NAMED}, {None, OWN, NAMED}),
        ("*", {None, OWN, LOCAL, NAMED, EVIL, "null"}, {None, OWN}),
        (f"*, {NAMED}", {None, OWN, LOCAL, NAMED, EVIL, "null"}, {None, OWN, NAMED}),
    ],
    ids=["by default", "named", "any", "any and named"],
)
def test_who_may_call_the_api_and_who_the_page(
    cors_origins: str, api: set[str | None], page: set[str | None]
) -> None:
    settings = Settings(cors_origins=cors_origins)
    everybody = (
        None,
        OWN,
        LOCAL,
        NAMED,
        EVIL,
        "null",
        "http://chat.example",
        f"{OWN}.evil.example",
    )
    assert {one for one in everybody if may_call(one, HOST, settings)} - set(everybody[-2:]) == api
    assert {one for one in everybody if may_call(one, HOST, settings, page=True)} == page


def test_the_page_is_what_is_at_its_path() -> None:
    assert [path for path in ("/ui", "/ui/", "/ui/x", "/uix", "/", "/x/ui") if is_page(path)] == [
        "/ui",
        "/ui/",
        "/ui/x",
    ]
