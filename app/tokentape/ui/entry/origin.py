"""Origin: whether a request was made by our own page or by another in the same browser. Pure."""

from collections.abc import Callable

from starlette.datastructures import Headers

MayCall = Callable[[str, str | None], bool]
"""Whether pages of an origin may use the page, given the `Host` that was called."""

_OURS = ("same-origin", "none")
"""`none`: somebody wrote the address, or opened a bookmark."""


def own_host(origin: str, host: str | None) -> bool:
    """Pages of the same host and port alone."""
    return origin.partition("://")[2] == host


def is_foreign(headers: Headers, may_call: MayCall, *, followed: bool) -> bool:
    """Whether another page makes this request. `followed`: a link on another page may lead here,
    which sends no `Origin`."""
    origins, host = headers.getlist("origin"), headers.get("host")
    if origins:
        return not all(may_call(each, host) for each in origins)
    site = headers.get("sec-fetch-site")
    if site is None or site in _OURS:
        return False
    return not (followed and headers.get("sec-fetch-mode") == "navigate")
