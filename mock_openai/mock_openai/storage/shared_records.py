"""Records of answers in a folder that the workers of one mock share: what an answer was asked
for, so that any worker can make it again. Bounded in number and bytes; the oldest goes first.

Where the disk takes nothing, a worker keeps what it has begun itself to itself.
"""

import logging
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

TRIMMED_EVERY = 64  # records are written between two looks at how many there are
MOST_BYTES = 64_000_000
MOST_UNWRITTEN = 100
_LOG = logging.getLogger("mock_openai")


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
        self._bytes = 0  # since the last look
        self._unwritten: OrderedDict[Path, Record] = OrderedDict()

    def _path(self, session: str, name: str) -> Path:
        return self._folder / f"{_hash(session)}-{_hash(name)}.json"

    def write(self, session: str, name: str, record: Record) -> None:
        """Instead of the one of that name, whole or not at all."""
        path = self._path(session, name)
        draft = path.with_suffix(f".{os.getpid()}")
        content = orjson.dumps(asdict(record))
        try:
            draft.write_bytes(content)
            draft.replace(path)
        except OSError as error:
            self._hold_back(path, draft, record, error)
            return
        self._unwritten.pop(path, None)
        self._written += 1
        self._bytes += len(content)
        if self._written % TRIMMED_EVERY == 0 or self._bytes > MOST_BYTES:
            self._trim()

    def _hold_back(self, path: Path, draft: Path, record: Record, error: OSError) -> None:
        if not self._unwritten:
            _LOG.warning("%s: answers are not shared by the workers: %s", path.parent, error)
        self._unwritten[path] = record
        if len(self._unwritten) > MOST_UNWRITTEN:
            self._unwritten.popitem(last=False)
        for outdated in (draft, path):
            with suppress(OSError):
                outdated.unlink()

    def read(self, session: str, name: str) -> Record | None:
        """None where there is none."""
        path = self._path(session, name)
        try:
            return self._unwritten.get(path) or Record(**orjson.loads(path.read_bytes()))
        except OSError:
            return None

    def of(self, session: str) -> list[Record]:
        """All of one session, in no order."""
        begins = f"{_hash(session)}-"
        paths = [one for path, one in self._unwritten.items() if path.name.startswith(begins)]
        for path in self._folder.glob(f"{begins}*.json"):
            try:
                paths.append(Record(**orjson.loads(path.read_bytes())))
            except FileNotFoundError:
                continue  # another worker was quicker
        return paths

    def forget(self, session: str, name: str) -> None:
        """No error where there is none."""
        path = self._path(session, name)
        self._unwritten.pop(path, None)
        path.unlink(missing_ok=True)

    def clear(self, session: str | None) -> None:
        """Forgets all records, or those of one session."""
        for path in (*self._all(), *self._unwritten):
            if session is None or path.name.startswith(f"{_hash(session)}-"):
                self._unwritten.pop(path, None)
                path.unlink(missing_ok=True)

    def _all(self) -> Iterator[Path]:
        return self._folder.glob("*.json")

    def _trim(self) -> None:
        self._bytes = 0
        paths: list[tuple[int, int, Path]] = []
        for path in self._all():
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # another worker was quicker
            paths.append((stat.st_mtime_ns, stat.st_size, path))
        size_so_far = 0
        for number, (_, size, path) in enumerate(sorted(paths, reverse=True)):
            size_so_far += size
            if number and (number >= self._most or size_so_far > MOST_BYTES):
                path.unlink(missing_ok=True)


def _hash(name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
