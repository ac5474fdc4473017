"""Whose address counts behind proxies, and that nobody can make one up."""

from ipaddress import ip_network

import pytest

from tokentape.access.client_address import client_address, whose
from tokentape.networks import network_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        (None, "198.51.100.1", "unknown"),
        # A socket for both kinds maps IPv4 into IPv6.
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "6.6.6.6, ::FFFF:c633:6401, ::ffff:10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
    ],
)
def test_forwarded_addresses_count_only_as_far_as_proxies_are_trusted(
    peer: str | None, forwarded: str, expected: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())]
    assert client_address(peer, headers, PROXIES) == expected


def test_two_headers_are_read_as_one_list() -> None:
    headers = [(b"X-Forwarded-For", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]
    assert client_address("10.1.1.1", headers, PROXIES) == "198.51.100.1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::7%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_counts_by_its_64_bits_and_ipv4_by_all(address: str, counted: str) -> None:
    assert whose(address) == counted


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("::ffff:10.1.2.3", "10.1.2.3/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
    ],
)
def test_networks_of_proxies_may_be_written_mapped(written: str, meant: str) -> None:
    assert network_of(written) == ip_network(meant)
