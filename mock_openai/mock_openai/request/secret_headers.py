"""Which headers are secret: they are kept in no journal and written in no recording."""

import re
from functools import lru_cache

_SECRET = re.compile(
    r"auth|cookie|key|token|secret|passw|credential|signature|session-id|organization|project",
    re.IGNORECASE,
)
_PLAIN = frozenset({"x-mock-session", "idempotency-key"})


@lru_cache(maxsize=1024)
def secret(header: str) -> bool:
    """By name, in any case; rather one too many than one too few."""
    return header.lower() not in _PLAIN and _SECRET.search(header) is not None
