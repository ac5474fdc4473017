"""What the official Python client does with each fault. Measured: a test holds the faults to it.

With a timeout of one second and no retries; `stall:forever` is the stall that never ends.
"""

from mock_openai.faults import FAULTS

VERSION = "3.52"
_VARIANTS = {"stall": (("stall:forever", "raises `openai.APITimeoutError`"),)}
OFFICIAL: dict[str, str] = {
    case: met
    for name, kind in FAULTS.items()
    for case, met in ((name, kind.official), *_VARIANTS.get(name, ()))
}
