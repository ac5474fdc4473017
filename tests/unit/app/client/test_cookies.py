"""Cookies: what a server set is shown again, where it may be, until it is taken back."""

import pytest

from tokentape.client.cookies import Cookies


def shown(path: str, *set_cookies: str) -> str | None:
    cookies = Cookies()
    cookies.store(set_cookies)
    return cookies.header(path)


@pytest.mark.parametrize(
    ("set_cookies", "path", "header"),
    [
        (["a=1"], "/", "a=1"),
        (["a=1; Path=/; HttpOnly; Secure; SameSite=Lax", "b=2"], "/x", "a=1; b=2"),
        (["a=1", "a=2"], "/", "a=2"),
        (["a=x=y=="], "/", "a=x=y=="),
        (["a=1; Path=/chat"], "/chat", "a=1"),
        (["a=1; Path=/chat"], "/chat/7?q=1", "a=1"),
        (["a=1; Path=/chat"], "/chats", None),
        (["a=1", "a=2; Path=/chat"], "/chat", "a=2; a=1"),
        (["a=1", "a=; Max-Age=0"], "/", None),
        (["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/", None),
        (["a=1; Expires=Wed, 01 Jan 2999 00:00:00 GMT"], "/", "a=1"),
        (["a=1; Expires=some day"], "/", "a=1"),
        (["nothing", "=x", ""], "/", None),
    ],
)
def test_cookies_are_shown_where_they_belong(
    set_cookies: list[str], path: str, header: str | None
) -> None:
    assert shown(path, *set_cookies) == header
