"""Whose address counts behind proxies, and that nobody can make one up."""

from ipaddress import ip_network

import pytest

from app.access.address import client_address

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
