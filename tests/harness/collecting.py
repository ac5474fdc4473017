"""Garbage collection while the tests are imported, and after.

What is imported stays: no collection of it finds anything, yet a fifth of the time that the imports
take went into them, and every collection later walked through all of it.
"""

import gc
from collections.abc import Generator

import pytest

gc.disable()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
