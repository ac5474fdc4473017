"""`python -m loadtests.metronome`: known times on a free port of loopback, until it is stopped."""

import asyncio
from contextlib import suppress

from loadtests.metronome.server import serve

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
