"""Where the random numbers come from: a hash of (seed, scenario, canonical request)."""

from collections.abc import Callable
from hashlib import blake2b
from random import Random

from mock_openai.text.random_source import RandomSources


def chances(seed: int, scenario: str, canonical: bytes) -> RandomSources:
    """Independent generators by purpose; the same arguments give the same numbers anywhere."""
    root = blake2b(digest_size=32, person=b"mock-openai")
    for part in (str(seed).encode(), scenario.encode(), canonical):
        root.update(len(part).to_bytes(8, "big"))
        root.update(part)
    key = root.digest()

    return lambda purpose: _SeededSource(
        blake2b(purpose.encode(), key=key, digest_size=16).digest()
    )


class _SeededSource:
    """Seeded when it is first asked: most answers need no jitter, and seeding is dear."""

    __slots__ = ("_seed", "random")
    random: Callable[[], float]

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def __getattr__(self, name: str) -> Callable[[], float]:
        if name != "random":
            raise AttributeError(name)
        self.random = Random(int.from_bytes(self._seed, "big")).random
        return self.random
