"""Pages: bounded, and what a page watches is let go when the page is gone."""

from typing import Any, cast

import pytest

from app.client.viewer import Viewer
from app.contract.timeline import Seen
from app.ui.chat.asking import Asked
from app.ui.pages import Page, Pages


class Looker:
    """A viewer as far as a page needs one: what was seen, and whether it was told to stop."""

    def __init__(self, run: str | None = None) -> None:
        self.timeline = [Seen(0, "chunk", "", {}, run=run)] if run else []
        self.stopped = 0

    async def stop(self) -> None:
        self.stopped += 1


def question(message: str) -> Asked:
    return Asked(message=message, contract="ai-chat/sse")


def looking(run: str | None = None) -> Any:
    return cast(Viewer, Looker(run))


async def test_a_run_with_a_name_is_stopped_by_the_server() -> None:
    page, viewer = Page(), looking("run-1")
    with page.watching(viewer) as watch:
        await page.stop()
        assert (viewer.stopped, watch.left.is_set()) == (1, False)


async def test_a_run_without_a_name_is_left() -> None:
    page, viewer = Page(), looking()
    with page.watching(viewer) as watch:
        await page.stop()
        assert (viewer.stopped, watch.left.is_set()) == (0, True)


async def test_stopping_a_page_that_watches_nothing_does_nothing() -> None:
    await Page().stop()


def test_a_new_watch_leaves_the_older_one() -> None:
    page = Page()
    with page.watching(looking()) as older, page.watching(looking()) as newer:
        assert older.left.is_set()
        assert page.watch is newer
    assert page.watch is None


def test_a_closed_page_lets_go_of_what_it_watched() -> None:
    pages = Pages()
    with pages.page("a").watching(looking()) as watch:
        pages.close("a")
        assert watch.left.is_set()
    assert len(pages) == 0


def test_past_the_bound_the_page_used_longest_ago_is_closed() -> None:
    pages = Pages(most=2)
    first, second = pages.page("a"), pages.page("b")
    assert pages.page("a") is first
    pages.page("c")
    assert len(pages) == 2
    assert pages.page("a") is first
    assert pages.page("b") is not second


def test_a_page_takes_one_question_at_a_time() -> None:
    page, first, second = Page(), question("first"), question("second")
    assert page.ask(first)
    assert not page.ask(second)
    with page.answering() as asked:
        assert asked is first
        assert not page.ask(second)
        with page.answering() as nothing:
            assert nothing is None
        assert not page.ask(second)
    assert not page.busy
    assert page.ask(second)


def test_nothing_is_asked_again_where_nothing_was_asked() -> None:
    page = Page()
    assert not page.ask(page.talk.asked)
    assert not page.busy


def test_a_page_whose_answer_fails_is_free_again() -> None:
    page = Page()
    page.ask(question("hello"))

    def fail() -> None:
        with page.answering():
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not page.busy
