"""The client's address: the peer's, or what a trusted proxy says of it. Pure. Why by hand:
docs/decisions/0014-address-by-hand.md and 0017-by-hand-or-by-library.md."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, IPv6Network

from tokentape.networks import Address, Network, parsed

Networks = Sequence[Network]
SITE_BITS = 64
"""What of an IPv6 address is somebody's whole: a machine makes up the rest as often as it likes
(https://www.rfc-editor.org/rfc/rfc8981)."""


def client_address(
    peer: str | None, headers: Iterable[tuple[bytes, bytes]], trusted: Networks
) -> str:
    """`X-Forwarded-For` is read from the right, past trusted proxies only: what stands further
    left was written by the client. Addresses that are none end the reading. IPv4 comes as IPv4,
    also where a socket for both kinds maps it into IPv6."""
    address = parsed(peer or "")
    if address is None:
        return peer or "unknown"
    if not _within(address, trusted):
        return str(address)
    forwarded = b",".join(value for name, value in headers if name.lower() == b"x-forwarded-for")
    for part in reversed(forwarded.decode("latin-1").split(",")):
        hop = parsed(part.strip())
        if hop is None:
            break
        address = hop
        if not _within(hop, trusted):
            break
    return str(address)


def whose(address: str) -> str:
    """What an address is counted under: IPv4 by itself, IPv6 by its /64."""
    parsed_address = parsed(address)
    if isinstance(parsed_address, IPv6Address):
        return str(IPv6Network((int(parsed_address), SITE_BITS), strict=False))
    return address if parsed_address is None else str(parsed_address)


def _within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def is_address(text: str) -> bool:
    """Whether it is an address and no name."""
    return parsed(text) is not None


def is_loopback(host: str) -> bool:
    """Whether who listens there is reached from this machine alone."""
    parsed_host = parsed(host)
    return host == "localhost" or (parsed_host is not None and parsed_host.is_loopback)
