"""Uploads: a file that a page hands in, until the page's own listener takes it.

A file has an id by chance, and no name on the disk: nothing that a page can say is a path. It waits
for its page alone, not long, and few wait at once.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

ARRIVES_S = 30.0
"""How long a file may take to arrive."""
WAITS_S = 60.0
"""How long one that has arrived waits for its listener."""
AT_ONCE_MAX = 4
"""Files that arrive or wait, of all pages together. Where there are so many, one of the place that
has most goes for another place's that has fewer: nobody has all of them for long."""
NAME_MAX = 100
FULL = "Too many files wait on this server: try again in a moment."


class NotTaken(Exception):
    """An upload was refused; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = _CODES.get(status, "BAD_REQUEST")


_CODES = {403: "FORBIDDEN", 429: "RATE_LIMIT", 503: "BUSY"}


@dataclass(slots=True)
class _Arriving:
    place: str
    deadline: asyncio.Timeout
    evicted: bool = False


@dataclass(slots=True)
class _Waiting:
    session: str
    place: str
    file: UploadFile
    timer: asyncio.TimerHandle


class Uploads:
    """The files that wait. `most` is the largest, in bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._arriving: dict[str, _Arriving] = {}
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._arriving) + len(self._waiting)

    async def receive(self, request: Request, session: str, place: str = "") -> str:
        """The id of the one file in a multipart body, from this place, such as an address. Raises
        `NotTaken`."""
        self.forget(session)  # a page has one at a time
        if session in self._arriving:
            raise NotTaken(429, "A file of this page is on its way.")
        if len(self) >= AT_ONCE_MAX and not self._evict_for(place):
            raise NotTaken(503, FULL)
        deadline = asyncio.timeout(ARRIVES_S)
        arriving = self._arriving[session] = _Arriving(place, deadline)
        try:
            async with deadline:
                file = await self._parsed(request)
        except TimeoutError:
            if arriving.evicted:
                raise NotTaken(503, FULL) from None
            raise NotTaken(408, f"The file took over {ARRIVES_S:g} s to arrive.") from None
        finally:
            if self._arriving.get(session) is arriving:
                del self._arriving[session]
        if arriving.evicted:
            await file.close()
            raise NotTaken(503, FULL)
        return self._store(session, place, file)

    async def fetch(self, session: str, id_: str) -> tuple[str, bytes] | None:
        """A file's name and content, once; `None` where none of this id waits for this page."""
        waiting = self._waiting.get(id_)
        if waiting is None or waiting.session != session:
            return None
        self._drop(id_, close=False)
        name = (waiting.file.filename or "").replace("\\", "/").rpartition("/")[2]
        try:
            return name[:NAME_MAX] or "a file", await waiting.file.read()
        finally:
            await waiting.file.close()

    def forget(self, session: str) -> None:
        """Remove what waits for a page."""
        for id_ in [id_ for id_, one in self._waiting.items() if one.session == session]:
            self._drop(id_)

    def _evict_for(self, place: str) -> bool:
        """Whether one went for another place that has fewer."""
        places = Counter(waiting.place for waiting in self._waiting.values())
        places.update(arriving.place for arriving in self._arriving.values())
        most = max(places, key=lambda each: places[each], default=place)
        if places[most] <= places[place] + 1:
            return False
        for id_, waiting in self._waiting.items():
            if waiting.place == most:
                self._drop(id_)
                return True
        session = next(name for name, one in self._arriving.items() if one.place == most)
        evicted = self._arriving.pop(session)
        evicted.evicted = True
        evicted.deadline.reschedule(asyncio.get_running_loop().time())
        return True

    async def _parsed(self, request: Request) -> UploadFile:
        parser = MultiPartParser(
            request.headers, request.stream(), max_files=1, max_fields=0, max_part_size=1_000
        )
        try:
            form = await _whole(parser)
        except (MultiPartException, KeyError, ValueError) as error:
            raise NotTaken(400, "One file in multipart/form-data is needed.") from error
        file = form.get("file")
        if not isinstance(file, UploadFile):
            await form.close()
            raise NotTaken(400, "The file's field is called `file`.")
        if (file.size or 0) > self._most:
            await file.close()
            raise NotTaken(413, f"The file has over {self._most:,} bytes.")
        return file

    def _store(self, session: str, place: str, file: UploadFile) -> str:
        id_ = secrets.token_urlsafe(16)
        expire: Callable[[str], None] = self._drop
        timer = asyncio.get_running_loop().call_later(WAITS_S, expire, id_)
        self._waiting[id_] = _Waiting(session, place, file, timer)
        return id_

    def _drop(self, id_: str, *, close: bool = True) -> None:
        waiting = self._waiting.pop(id_, None)
        if waiting is None:
            return
        waiting.timer.cancel()
        if close:
            with suppress(OSError, ValueError):
                waiting.file.file.close()


async def _whole(parser: MultiPartParser) -> FormData:
    """The form; what came of one that is given up is closed, which Starlette does after its own
    errors alone: a long file lies on the disk."""
    try:
        return await parser.parse()
    except BaseException:
        for file in parser._files_to_close_on_error:
            file.close()
        raise
