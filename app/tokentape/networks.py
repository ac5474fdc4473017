"""Addresses and networks as they are written. Pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 in IPv6, as a socket for both kinds tells it."""


def parsed(text: str) -> Address | None:
    """An address; None for what is none. IPv4 that is mapped into IPv6 is IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def network_of(text: str) -> Network:
    """An address or a network, whatever bits its host part has. IPv4 that is mapped into IPv6 is
    IPv4. Raises `ValueError`."""
    found = ip_network(text, strict=False)
    if isinstance(found, IPv6Network) and found.subnet_of(MAPPED):
        first = found.network_address.ipv4_mapped
        return IPv4Network((first or 0, found.prefixlen - MAPPED.prefixlen))
    return found
