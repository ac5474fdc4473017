"""Records of answers in a folder that the workers of one mock share: what an answer was asked
for, so that any worker can make it again. Bounded; the oldest goes first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

TRIMMED_EVERY = 64  # records are written between two looks at how many there are


@dataclass(frozen=True, slots=True)
class Record:
    """`given` is the body as it came, `headers` those that choose, `before` the conversation."""

    given: dict[str, Any]
    headers: dict[str, str]
    before: list[dict[str, Any]]
    started_ns: int
    cancelled_ns: int | None = None
    name: str = ""


class Records:
    """One file for each answer, named by hashes: no name from outside becomes a path."""

    def __init__(self, folder: Path, most: int, kind: str = "responses") -> None:
        self._folder = folder / kind
        self._folder.mkdir(exist_ok=True)
        self._most = most
        self._written = 0

    def _path(self, session: str, name: str) -> Path:
        return self._folder / f"{_hash(session)}-{_hash(name)}.json"

    def write(self, session: str, name: str, record: Record) -> None:
        path = self._path(session, name)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(orjson.dumps(asdict(record)))
        draft.replace(path)
        self._written += 1
        if self._written % TRIMMED_EVERY == 0:
            self._trim()

    def read(self, session: str, name: str) -> Record | None:
        try:
            return Record(**orjson.loads(self._path(session, name).read_bytes()))
        except FileNotFoundError:
            return None

    def of(self, session: str) -> list[Record]:
        """All of one session, in no order."""
        found: list[Record] = []
        for path in self._folder.glob(f"{_hash(session)}-*.json"):
            try:
                found.append(Record(**orjson.loads(path.read_bytes())))
            except FileNotFoundError:
                continue  # another worker was quicker
        return found

    def forget(self, session: str, name: str) -> None:
        self._path(session, name).unlink(missing_ok=True)

    def clear(self, session: str | None) -> None:
        """Forgets all records, or those of one session."""
        for path in self._all():
            if session is None or path.name.startswith(f"{_hash(session)}-"):
                path.unlink(missing_ok=True)

    def _all(self) -> Iterator[Path]:
        return self._folder.glob("*.json")

    def _trim(self) -> None:
        found: list[tuple[int, Path]] = []
        for path in self._all():
            try:
                found.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:
                continue  # another worker was quicker
        for _, path in sorted(found)[: max(0, len(found) - self._most)]:
            path.unlink(missing_ok=True)


def _hash(name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
