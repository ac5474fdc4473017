"""The timeline in a real browser: rows, ruling and chart, drawn of values that come bit by bit."""

import random
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page

from tests.harness.chance import by_chance, seeds
from tests.integration.app.ui.drawn import Drawn, Told, browser_page, told_late
from tokentape.contract.contract import Json

__all__ = ["browser_page"]


def timeline_values(frames: Sequence[int], ruling: Json, **more: Json) -> list[str]:
    """An answer whose events come in frames, and that is judged at its end."""
    told, values = Told(), []
    for size in frames:
        for _ in range(size):
            told.add(f"w{told.count}")
        values.append(told.value())
    return [*values, told.push({"state": "completed", "ruling": ruling, **more})]


RULING: Json = {
    "headline": "1 rule broken",
    "tone": "wrong",
    "checks": [{"name": "Content", "tone": "wrong", "finding": "text is missing"}],
    "breaches": [{"row": 7, "rule": "text_lost", "finding": "event 7: 'x' never came"}],
    "folded": 0,
}


RIGHT: Json = {**RULING, "headline": "Whole and in order", "tone": "right", "breaches": []}


def timeline(page: Page, rows: int) -> Drawn:
    """The timeline of an answer with so many rows, which the server has all."""
    scripts = ("chat/follow.js", "chart.js", "chat/timeline.js")
    styles = ("page.css", "chat/chat.css")
    drawn = Drawn(page, "chat/timeline.html", *scripts, styles=styles)
    all_rows = [[n, n * 20.0, 20.0, "chunk", f"w{n}", "text", 3] for n in range(rows)]
    page.evaluate("(rows) => (window.allRows = rows)", all_rows)
    return drawn


def indices(page: Page) -> list[int]:
    found = page.locator("tbody tr").evaluate_all("all => all.map((r) => +r.dataset.index)")
    return [int(index) for index in found]


@by_chance
@pytest.mark.parametrize("seed", seeds(6))
def test_every_row_is_drawn_once_and_in_order_however_frames_come(
    browser_page: Page, seed: int
) -> None:
    chance = random.Random(seed)
    frames = [chance.choice([1, 1, 2, 7, 30, 50]) for _ in range(60)]
    # What the page missed of the frames, as when many came between two drawings.
    values = timeline_values(frames, RIGHT)
    *live, over = [
        value
        for size, value in zip([*frames, 300], values, strict=True)
        if size > 7 or chance.random() < 0.8
    ]
    total = sum(frames)
    drawn = timeline(browser_page, total)
    drawn.feed(live)
    drawn.feed([over])
    assert indices(browser_page) == list(range(max(0, total - 400), total))
    assert f"{total:,} events" in browser_page.locator(".tt-count").inner_text()


def test_while_an_answer_comes_only_the_newest_rows_are_on_the_page(browser_page: Page) -> None:
    drawn = timeline(browser_page, 500)
    *live, _ = timeline_values([1] * 500, RIGHT)
    drawn.feed(live)
    browser_page.locator("tr[data-index='499']").wait_for()
    assert indices(browser_page) == list(range(460, 500))
    assert browser_page.locator(".tt-count").inner_text() == "500 events, 460 folded"


def test_older_rows_are_a_page_away(browser_page: Page) -> None:
    drawn = timeline(browser_page, 2_500)
    drawn.feed(timeline_values([100] * 25, RIGHT))
    assert indices(browser_page) == list(range(2_100, 2_500))
    assert browser_page.locator(".tt-count").inner_text() == "2,101 to 2,500 of 2,500 events"
    browser_page.get_by_role("button", name="Earlier events").click()
    browser_page.locator("tr[data-index='1700']").wait_for()
    for start in (1_300, 900, 500, 100, 0):
        browser_page.get_by_role("button", name="Earlier events").click()
        browser_page.locator(f"tr[data-index='{start}']").wait_for()
    assert indices(browser_page) == list(range(400))
    assert browser_page.get_by_role("button", name="Earlier events").is_disabled()
    browser_page.get_by_role("button", name="Later events").click()
    browser_page.locator("tr[data-index='799']").wait_for()


def test_a_ruling_names_the_rule_and_points_at_its_row_and_frame(browser_page: Page) -> None:
    drawn = timeline(browser_page, 3_000)
    breach = {"row": 1_200, "rule": "text_lost", "finding": "event 1200: 'x' never came"}
    drawn.feed(timeline_values([100] * 30, {**RULING, "breaches": [breach]}))
    verdict = browser_page.get_by_role("status", name="Verdict")
    assert "1 rule broken" in verdict.inner_text()
    # The frames around it are there, although they had left the page long before.
    broken = browser_page.locator("tr[data-index='1200']")
    broken.wait_for()
    assert "tt-broken" in (broken.get_attribute("class") or "")
    verdict.get_by_role("button", name="text_lost").click()
    frame = browser_page.get_by_role("region", name="Frame")
    frame.wait_for()
    assert '"index": 1200' in frame.inner_text()


def test_a_row_shows_its_frame_by_click_and_by_keyboard(browser_page: Page) -> None:
    drawn = timeline(browser_page, 20)
    drawn.feed(timeline_values([20], RIGHT))
    browser_page.locator("tr[data-index='3']").click()
    frame = browser_page.get_by_role("region", name="Frame")
    browser_page.wait_for_function(
        "document.querySelector('.tt-frame pre').textContent.includes(3)"
    )
    browser_page.get_by_role("region", name="Events, newest last").focus()
    browser_page.keyboard.press("ArrowDown")
    browser_page.wait_for_function(
        "document.querySelector('.tt-frame pre').textContent.includes(4)"
    )
    rows = browser_page.locator(".tt-rows").bounding_box()
    chart = browser_page.locator(".tt-chart")
    assert not chart.is_visible(), "the frame is in its place"
    frame.get_by_role("button", name="Close the frame").click()
    assert not frame.is_visible()
    assert chart.is_visible()
    assert browser_page.locator(".tt-rows").bounding_box() == rows, "nothing has moved"
    browser_page.keyboard.press("Enter")
    frame.wait_for()
    browser_page.keyboard.press("Escape")
    assert not frame.is_visible()


def test_plan_and_hops_are_drawn_when_they_are_known(browser_page: Page) -> None:
    drawn = timeline(browser_page, 20)
    hop = {"name": "app → page", "p50": 8.0, "p99": 21.4, "meaning": "from read to paint"}
    drawn.feed(timeline_values([20], RIGHT, plan=[[0, 0], [400, 60]], hops=[hop]))
    browser_page.locator(".tt-plan").wait_for(state="attached")
    assert "8.0 / 21.4 ms" in browser_page.locator(".tt-hops").inner_text()


def test_rows_that_went_by_unseen_are_asked_for_and_drawn_once(browser_page: Page) -> None:
    drawn = timeline(browser_page, 102)
    told, snapshot = told_late()
    browser_page.evaluate("(found) => (window.snapshot = found)", snapshot)
    drawn.feed([told.value(), told.say("yy"), told.say("zz")])
    browser_page.locator("tr[data-index='101']").wait_for()
    assert indices(browser_page) == list(range(62, 102))
    assert browser_page.locator(".tt-count").inner_text() == "102 events, 62 folded"
    browser_page.wait_for_function("document.querySelector('.tt-line').getAttribute('d')")


def test_the_chart_holds_a_bounded_number_of_points(browser_page: Page) -> None:
    drawn = timeline(browser_page, 6_000)
    drawn.feed(timeline_values([200] * 30, RIGHT))
    line = browser_page.locator(".tt-line")
    line.wait_for(state="attached")
    browser_page.wait_for_function("document.querySelector('.tt-line').getAttribute('d')")
    assert len(line.get_attribute("d") or "") < 20_000
