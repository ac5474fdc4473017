"""Cookies: what one server asked to be shown again (RFC 6265), for one viewer of it.

Domains are not looked at, since a viewer asks one server; nor is `Secure`, since checks run on
loopback too.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: str
    path: str


class Cookies:
    """Use `store` with each answer's `Set-Cookie` headers, and `header` for each request."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Cookie] = {}

    def store(self, set_cookies: Iterable[str]) -> None:
        """Take what a server set, and forget what it took back."""
        for one in set_cookies:
            pair, *attributes = one.split(";")
            name, equals, value = (part.strip() for part in pair.partition("="))
            if not equals or not name:
                continue
            said = {
                key.strip().lower(): word.strip()
                for key, _, word in (each.partition("=") for each in attributes)
            }
            path = said.get("path", "")
            path = path if path.startswith("/") else "/"
            if _is_over(said):
                self._known.pop((name, path), None)
            else:
                self._known[name, path] = _Cookie(value, path)

    def header(self, path: str) -> str | None:
        """What a request for this path shows; `None` where there is nothing to show."""
        fits = [
            (name, cookie)
            for (name, _), cookie in self._known.items()
            if _is_below(path.partition("?")[0], cookie.path)
        ]
        fits.sort(key=lambda one: -len(one[1].path))
        return "; ".join(f"{name}={cookie.value}" for name, cookie in fits) or None


def _is_below(path: str, of: str) -> bool:
    return path == of or path.startswith(of if of.endswith("/") else f"{of}/")


def _is_over(said: dict[str, str]) -> bool:
    age = said.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return int(age) <= 0
    try:
        return parsedate_to_datetime(said.get("expires", "")).timestamp() <= time.time()
    except ValueError:
        return False
