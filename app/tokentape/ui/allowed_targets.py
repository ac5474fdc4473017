"""Which servers the page may make this one ask: UI_TARGETS. Pure.

A name is never looked up, so that nobody's DNS can lead a listed place elsewhere: a name is let by
its own entry alone, and networks let addresses as they are usually written. What is read here in
another way than by the client that asks is refused: user names, backslashes, `0x7f.1`, `127.1`.
"""

import re
from collections.abc import Sequence

from tokentape.networks import network_of, parsed
from tokentape.ui.server_functions import UnfitInput

LOOPBACK, ANY = "loopback", "*"
ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?)"
    r"(?P<port>:[0-9]{1,5})?(?P<rest>(?:[/?][!-\[\]-~]*)?)"
)


def target(url: str, targets: Sequence[str]) -> str:
    """The address as it may be asked. Raises `UnfitInput` with the reason."""
    found = ADDRESS.fullmatch(url.strip())
    if found is None or int((found["port"] or ":1")[1:]) > 65_535:
        raise UnfitInput(f"{url[:200]!r} is no address: write it as http://127.0.0.1:8000")
    host = found["host"].lower().strip("[]")
    if not may_ask(host, targets):
        raise UnfitInput(
            f"this page may not make the server ask {host}: UI_TARGETS names what it may,"
            f" which is {words(targets)}. Start the server with"
            f" UI_TARGETS={','.join((*targets, _entry_for(host)))} to let it."
        )
    return found[0]


def may_ask(host: str, targets: Sequence[str]) -> bool:
    """Whether a name, or an address without brackets, is one of the targets."""
    return any(_fits(host, each) for each in targets)


def words(targets: Sequence[str]) -> str:
    """The targets as the page tells them."""
    return ", ".join("this machine" if each == LOOPBACK else each for each in targets) or "none"


def _entry_for(host: str) -> str:
    return LOOPBACK if _fits(host, LOOPBACK) else host


def _fits(host: str, target: str) -> bool:
    if target == ANY:
        return True
    address = parsed(host)
    if address is None:
        if target == LOOPBACK:
            return host == "localhost"
        named = target.lower()
        return host.endswith(named[1:]) if named.startswith("*.") else host == named
    if target == LOOPBACK:
        return address.is_loopback
    try:
        return address in network_of(target)
    except ValueError:
        return False
