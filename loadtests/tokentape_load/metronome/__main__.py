"""`python -m tokentape_load.metronome`: known times on a free port of loopback, until stopped."""

import asyncio
from contextlib import suppress

from tokentape_load.metronome.server import serve

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
