"""The client's address: the peer's, or what a trusted proxy says of it. Pure."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]


def client_address(
    peer: str | None, headers: Iterable[tuple[bytes, bytes]], trusted: Networks
) -> str:
    """`X-Forwarded-For` is read from the right, past trusted proxies only: what stands further
    left was written by the client. Addresses that are none end the reading."""
    address = peer or "unknown"
    if not _within(address, trusted):
        return address
    forwarded = b",".join(value for name, value in headers if name.lower() == b"x-forwarded-for")
    for hop in reversed(forwarded.decode("latin-1").split(",")):
        hop = hop.strip()
        try:
            ip_address(hop)
        except ValueError:
            break
        address = hop
        if not _within(hop, trusted):
            break
    return address


def _within(address: str, networks: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def is_address(text: str) -> bool:
    """Whether it is an address and no name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether who listens there is reached from this machine alone."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)
