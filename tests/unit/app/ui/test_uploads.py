"""Uploads and the time: a file has 30 s to arrive, and waits 60 s for its page's listener."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from tokentape.ui.uploads.uploads import AT_ONCE_MAX, NotTaken, Uploads

EDGE = "----edge"
HEAD = (
    f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="../a.jsonl"\r\n\r\n'
).encode()
END = f"\r\n--{EDGE}--\r\n".encode()


class Skipping(asyncio.SelectorEventLoop):
    """A loop whose clock goes when a test sets it on."""

    now_s = 0.0

    def time(self) -> float:
        return self.now_s

    async def skip(self, seconds: float) -> None:
        """Let so much time pass, and whatever falls due happen."""
        self.now_s += seconds
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
def loop() -> Iterator[Skipping]:
    loop = Skipping()
    yield loop
    loop.close()


def request(*parts: bytes, ends: bool = True) -> Request:
    """An upload whose body comes in these parts; without an end its reader waits on."""
    waiting = list(parts)

    async def receive() -> dict[str, object]:
        if waiting:
            more = bool(waiting[1:]) or not ends
            return {"type": "http.request", "body": waiting.pop(0), "more_body": more}
        await asyncio.Event().wait()
        raise AssertionError

    kind = f"multipart/form-data; boundary={EDGE}".encode()
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
    return Request(scope, receive)


def test_a_file_has_thirty_seconds_to_arrive(loop: Skipping) -> None:
    async def slow() -> None:
        uploads = Uploads(1_000)
        arriving = [
            asyncio.ensure_future(uploads.receive(request(HEAD, b"x", ends=False), f"page-{n}"))
            for n in range(AT_ONCE_MAX)
        ]
        await loop.skip(0)  # they begin
        await loop.skip(29.9)
        assert not any(one.done() for one in arriving)
        with pytest.raises(NotTaken) as busy:
            await uploads.receive(request(HEAD, b"x", END), "another")
        assert (busy.value.status, busy.value.code) == (503, "BUSY")
        with pytest.raises(NotTaken) as twice:
            await uploads.receive(request(HEAD, b"x", END), "page-0")
        assert (twice.value.status, twice.value.code) == (429, "RATE_LIMIT")
        await loop.skip(0.2)
        for one in arriving:
            late = one.exception()
            assert isinstance(late, NotTaken)
            assert (late.status, str(late)) == (408, "The file took over 30 s to arrive.")
        assert len(uploads) == 0
        assert await uploads.receive(request(HEAD, b"x", END), "another")
        uploads.forget("another")

    loop.run_until_complete(slow())


def test_a_file_waits_a_minute_for_its_listener(loop: Skipping) -> None:
    async def late() -> None:
        uploads = Uploads(1_000)
        in_time, too_late = [
            await uploads.receive(request(HEAD, b"content", END), page) for page in ("a", "b")
        ]
        file = uploads._waiting[too_late].file
        await loop.skip(59.9)
        assert await uploads.fetch("b", in_time) is None, "it is another page's"
        assert await uploads.fetch("a", in_time) == ("a.jsonl", b"content")
        assert await uploads.fetch("a", in_time) is None, "it is there once"
        assert (len(uploads), file.file.closed) == (1, False)
        await loop.skip(0.2)
        assert await uploads.fetch("b", too_late) is None
        assert (len(uploads), file.file.closed) == (0, True)

    loop.run_until_complete(late())


def test_what_was_fetched_or_forgotten_in_time_is_not_closed_later(loop: Skipping) -> None:
    async def again() -> None:
        uploads = Uploads(1_000)
        first = await uploads.receive(request(HEAD, b"1", END), "a")
        second = await uploads.receive(request(HEAD, b"2", END), "a")
        assert await uploads.fetch("a", first) is None, "a page has one at a time"
        await loop.skip(30)
        uploads.forget("a")
        third = await uploads.receive(request(HEAD, b"3", END), "a")
        await loop.skip(31)  # the second's minute is over, the third's is not
        assert await uploads.fetch("a", second) is None
        assert await uploads.fetch("a", third) == ("a.jsonl", b"3")

    loop.run_until_complete(again())


def test_one_visitor_does_not_keep_others_out(loop: Skipping) -> None:
    async def held() -> None:
        uploads = Uploads(1_000)
        first = await uploads.receive(request(HEAD, b"whole", END), "page-0", "a")
        arriving = [
            asyncio.ensure_future(uploads.receive(request(HEAD, b"x", ends=False), page, "a"))
            for page in ("page-1", "page-2", "page-3")
        ]
        await loop.skip(0)
        with pytest.raises(NotTaken) as full:
            await uploads.receive(request(HEAD, b"x", END), "page-4", "a")
        assert full.value.status == 503
        assert await uploads.receive(request(HEAD, b"x", END), "another", "b")
        assert await uploads.fetch("page-0", first) is None, (
            "the oldest of the place with most went"
        )
        third = asyncio.ensure_future(
            uploads.receive(request(HEAD, b"x", ends=False), "third", "c")
        )
        await loop.skip(0)
        refused = arriving[0].exception()
        assert isinstance(refused, NotTaken)
        assert (refused.status, refused.code) == (503, "BUSY")
        assert [one.done() for one in (*arriving[1:], third)] == [False, False, False]
        # Two, one and one: nobody has more than one more than who comes.
        with pytest.raises(NotTaken):
            await uploads.receive(request(HEAD, b"x", END), "page-4", "b")
        assert len(uploads) == AT_ONCE_MAX
        for one in (*arriving[1:], third):
            one.cancel()
        await loop.skip(0)
        uploads.forget("another")
        assert len(uploads) == 0

    loop.run_until_complete(held())
