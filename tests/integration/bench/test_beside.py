"""A revision to measure beside is looked up before anything is installed."""

import pytest

from tests.bench.beside.checkout import checked_out


def test_a_revision_that_is_not_here_is_named() -> None:
    with pytest.raises(SystemExit, match="no revision 'no-such-thing'"):
        checked_out("no-such-thing")
