"""What a client says of codings: what it takes, and what it refuses."""

import pytest

from tokentape.server.gzip import taken_of


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", ["gzip"]),
        ("GZIP, br", ["gzip", "br"]),
        ("x-gzip;q=0.5", ["gzip"]),
        ("gzip;q=0", []),
        ("gzip ; q=0.000, br", ["br"]),
        ("gzip; q=0.001", ["gzip"]),
        ("br;q=1.0, *;q=0", ["br"]),
        ("*", ["*"]),
        ("*, gzip;q=0", []),
        ("identity", ["identity"]),
        ("gzip;q=x", []),
        ("gzip, gzip;q=0", []),
        ("", []),
        (" , ", []),
    ],
)
def test_codings_of_weight_nought_are_refused(header: str, taken: list[str]) -> None:
    assert taken_of(header) == taken
