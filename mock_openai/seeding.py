"""Where the random numbers come from: a hash of (seed, scenario, canonical request)."""

from __future__ import annotations

from hashlib import blake2b
from random import Random

from mock_openai.chance import Chances


def chances(seed: int, scenario: str, canonical: bytes) -> Chances:
    """Independent generators by purpose; the same arguments give the same numbers anywhere."""
    root = blake2b(digest_size=32, person=b"mock-openai")
    for part in (str(seed).encode(), scenario.encode(), canonical):
        root.update(len(part).to_bytes(8, "big"))
        root.update(part)
    key = root.digest()

    def chance(purpose: str) -> Random:
        digest = blake2b(purpose.encode(), key=key, digest_size=16).digest()
        return Random(int.from_bytes(digest, "big"))

    return chance
