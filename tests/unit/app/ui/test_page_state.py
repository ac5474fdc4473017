"""Pages: bounded, and what a page watches is let go when the page is gone."""

import pytest

from tests.unit.app.ui.chat.telling_of import telling_of
from tokentape.ui.answer.live_answer import LiveAnswer
from tokentape.ui.answer.pane import Pane
from tokentape.ui.page_state import PAGES_MAX, Pages


async def test_a_closed_page_lets_go_of_what_it_watched() -> None:
    pages = Pages()
    pane = pages.page("a").pane("chat")
    pane.submit(lambda: telling_of())
    with pane.next_answer() as shown:
        assert shown is not None
        pages.close("a")
        assert shown[1].left
    assert len(pages) == 0


def test_past_the_bound_the_page_used_longest_ago_is_closed() -> None:
    pages = Pages(most=2)
    first, second = pages.page("a"), pages.page("b")
    assert pages.page("a") is first
    pages.page("c")
    assert len(pages) == 2
    assert pages.page("a") is first
    assert pages.page("b") is not second


def test_no_number_of_made_up_pages_closes_one_that_was_let_in_or_has_a_connection() -> None:
    pages = Pages()
    assert pages.claim("admin", "a", "here")
    pages.page("admin").admin = True
    assert pages.claim("reader", "b", "here")
    with pages.staying("reader"):
        for number in range(PAGES_MAX + 505):
            assert pages.claim(f"made-up-{number}", "c", "there")
        assert pages.page("admin").admin
        assert pages.is_open("reader")
        assert not pages.claim("admin", "c", "there")
        assert len(pages) == PAGES_MAX


def test_a_page_that_is_closed_while_it_reads_is_let_go_of_after_that() -> None:
    pages = Pages()
    let_go: list[tuple[str, int]] = []
    pages.closed.append(lambda key, page: let_go.append((key, page.streams)))
    assert pages.claim("a", "a", "here")
    with pages.staying("a", streams=True):
        pages.close("a")
        assert let_go == [("a", 1)]
    assert let_go == [("a", 1), ("a", 0)]


def test_the_place_with_most_pages_loses_its_oldest_first() -> None:
    pages = Pages(most=4)
    for key, place in (("a", "one"), ("b", "many"), ("c", "many"), ("d", "many"), ("e", "two")):
        assert pages.claim(key, key, place)
    assert pages.claim("a", "a", "one")
    assert not pages.claim("e", "x", "two")
    assert pages.claim("b", "x", "many"), "it was closed, and is a new one"


async def test_a_pane_takes_one_question_at_a_time() -> None:
    pane, first, second = Pane(), telling_of(), telling_of()
    assert pane.submit(lambda: first)
    assert not pane.submit(lambda: second)
    with pane.next_answer() as shown:
        assert shown is not None
        assert shown[0] is first
        assert not pane.submit(lambda: second)
        with pane.next_answer() as nothing:
            assert nothing is None
    assert not pane.busy
    assert pane.submit(lambda: second)


def test_nothing_is_asked_again_where_nothing_was_asked() -> None:
    pane = Pane()
    assert not pane.submit(None)
    assert not pane.busy
    assert not pane.submitted


async def test_a_pane_that_was_left_takes_the_next_question_at_once() -> None:
    pane, first, second = Pane(), telling_of(), telling_of()
    pane.submit(lambda: first)
    with pane.next_answer() as older:
        assert older is not None
        pane.leave()
        assert older[1].left
        assert pane.submit(lambda: second)
        with pane.next_answer() as newer:
            assert newer is not None
            assert newer[0] is second
        assert not pane.busy


async def test_stopping_a_pane_that_shows_nothing_does_nothing() -> None:
    await Pane().stop()


def test_a_pane_whose_answer_can_not_begin_is_free_again() -> None:
    pane = Pane()

    def fail() -> LiveAnswer:
        raise LookupError

    pane.submit(fail)
    with pytest.raises(LookupError), pane.next_answer():
        pass
    assert not pane.busy
