"""Where tapes are kept: the one place that chooses, from the settings.

There is one backend, in memory. Another, such as Redis, is a module beside `memory_tape.py` that
does what `tape.py` promises, and is chosen here. It needs its settings, and the events of
`events.py` as bytes: memory has them as they are.
"""

from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.tape import Tapes
from tokentape.settings import Settings


def open_tapes(settings: Settings) -> Tapes:
    """No tapes yet, in the backend that the settings name."""
    return MemoryTapes(
        ttl_s=settings.tape_ttl_s,
        max_bytes_each=settings.tape_max_bytes,
        max_bytes=settings.tapes_max_bytes,
    )
