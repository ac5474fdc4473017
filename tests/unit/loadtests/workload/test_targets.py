"""What a run asks where nobody names a dialect: all that our own server serves."""

from tokentape.dialects.servers import SERVERS
from tokentape_load.workload.targets import served


def test_each_dialect_that_is_served_is_asked() -> None:
    assert {contract.dialect for contract in served()} == SERVERS.keys()


def test_without_a_token_only_what_needs_none() -> None:
    asked = served(with_token=False)
    assert asked
    assert not any(contract.needs_token for contract in asked)
