"""The front-end files in a real browser: what is drawn of values that come bit by bit."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from app.contract.contract import Json
from app.ui.chat.rows import Row, RowWindow
from app.ui.look import front
from e2e.browser import find, launch_arguments

HOSTILE = """<img src=x onerror="hurt()"><script>hurt()</script>

[click](javascript:hurt()) ![seen](http://127.0.0.1:9/pixel.png) <b>bold</b> &amp;

| <i>a</i> | b |
|---|---|
| `<script>hurt()</script>` | **<u>x</u>** |

```html
<script>hurt()</script>
```

&lt;done&gt;"""

PLAIN = """# Tides

The sea *rises* and **falls** twice a day: `high` and `low`.
It is the moon.

- spring
- neap
  1. first quarter
  2. last quarter

> Time and tide.

```python
def tide(hour: int) -> float:

    return 1.0
```

| hour | height |
|------|--------|
| 3    | 4.1 m  |

See [the tables](https://example.org/tides) at the end."""

SHOWN = """Tides
The sea rises and falls twice a day: high and low.
It is the moon.
spring
neap
first quarter
last quarter
Time and tide.
def tide(hour: int) -> float:

    return 1.0

hour	height
3	4.1 m
See the tables at the end."""


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=launch_arguments())
        yield browser.new_page()
        browser.close()


class Drawn:
    """A component's template and script as Gradio runs them, fed with values."""

    def __init__(self, page: Page, template: str, *scripts: str) -> None:
        self.page = page
        self.asked_for: list[str] = []
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.set_content(f"<style>{front('page.css')}</style><div id=root>{front(template)}</div>")
        page.evaluate(
            """(script) => {
                window.hurts = 0;
                window.hurt = () => (window.hurts += 1);
                const props = { value: null };
                let draw;
                const watch = (_, callback) => (draw = callback);
                const run = new Function("element", "trigger", "props", "watch", "server", script);
                window.told = [];
                window.texts = {};
                window.allRows = [];
                const server = {
                    drawn: async (words) => told.push(words),
                    missed: async ([turn, from]) => ({ from, text: texts[turn].slice(from) }),
                    clock: async () => 0,
                    painted: async () => [],
                    rows: async ([, from, count]) => allRows.slice(from, from + count),
                    frame: async ([, index]) => ({ event: "e", payload: { index }, offset_ms: 1 }),
                    curve: async () => [[1, 1], [2, 5]],
                };
                run(document.querySelector("#root"), () => {}, props, watch, server);
                window.feed = (value) => { props.value = value; draw(); };
            }""",
            front(*scripts),
        )

    def feed(self, values: Sequence[Json]) -> None:
        self.page.evaluate("(values) => values.forEach(feed)", values)


def conversation(page: Page) -> Drawn:
    scripts = ("follow.js", "markdown.js", "kept.js", "conversation.js")
    return Drawn(page, "conversation.html", *scripts)


def said(text: str, state: str = "answering", turn: str = "t") -> Json:
    return {
        "turn": turn,
        "look": "look",
        "kept": True,
        "how": {"message": "?"},
        "dialect": "ai-chat",
        "about": "",
        "run": None,
        "conversation": None,
        "first": 0,
        "text": text,
        "state": state,
        "problem": None,
    }


def in_pieces(text: str, seed: int) -> list[Json]:
    """The text as it grows, cut at random places."""
    chance, values, end = random.Random(seed), [], 0
    while end < len(text):
        end += chance.randint(1, 9)
        values.append(said(text[:end]))
    return [*values, said(text, "completed")]


@pytest.mark.parametrize("seed", range(6))
def test_markdown_is_drawn_alike_however_it_was_cut(browser_page: Page, seed: int) -> None:
    drawn = conversation(browser_page)
    drawn.feed(in_pieces(PLAIN, seed))
    body = browser_page.locator(".tt-answer .tt-body")
    lines = [line.rstrip() for line in body.inner_text().splitlines()]
    assert [line for line in lines if line] == [line for line in SHOWN.splitlines() if line]
    assert (
        body.locator("pre code").inner_text() == "def tide(hour: int) -> float:\n\n    return 1.0\n"
    )
    assert body.locator("a").get_attribute("href") == "https://example.org/tides"
    assert body.locator("ul > li").count() == 2
    assert body.locator("ol > li").count() == 2


@pytest.mark.parametrize("seed", range(3))
def test_what_a_model_says_is_shown_and_never_run_or_fetched(browser_page: Page, seed: int) -> None:
    drawn = conversation(browser_page)
    drawn.feed(in_pieces(HOSTILE, seed))
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.locator("script, img, iframe, b, i, u, [onerror]").count() == 0
    hrefs = body.locator("a").evaluate_all("all => all.map((a) => a.protocol)")
    assert set(hrefs) <= {"http:", "https:", "mailto:"}
    assert browser_page.evaluate("window.hurts") == 0
    assert drawn.asked_for == []
    assert '<img src=x onerror="hurt()">' in body.inner_text()


def test_the_text_on_the_page_never_goes_backwards(browser_page: Page) -> None:
    text = " ".join(f"word{n}{'.' if n % 9 else '.' + chr(10) * 2}" for n in range(120))
    drawn = conversation(browser_page)
    before = ""
    for value in in_pieces(text, 1):
        drawn.feed([value])
        shown = "".join(browser_page.locator(".tt-answer .tt-body").inner_text().split())
        assert shown.startswith(before)
        before = shown
    assert before == "".join(text.split())


def test_the_page_tells_how_far_it_has_drawn(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    browser_page.wait_for_function("performance.now() > 300")
    drawn.feed([said("One "), said("One two.")])
    assert browser_page.evaluate("told") == [["look", 4]]


def test_a_megabyte_without_a_space_is_drawn_in_blocks(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    text = "x" * 1_000_000
    drawn.feed([said(text[:end]) for end in range(100_000, 1_000_001, 100_000)])
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.textContent.length") == len(text)
    longest = body.evaluate(
        "body => Math.max(...[...body.children].map((block) => block.textContent.length))"
    )
    assert longest <= 8_000


def test_a_new_turn_joins_the_conversation_and_none_clears_it(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    drawn.feed([said("One.", "completed", "a"), said("Two.", "stopped", "b")])
    answers = browser_page.get_by_role("article", name="Assistant")
    assert [text.strip() for text in answers.locator(".tt-body").all_inner_texts()] == [
        "One.",
        "Two.",
    ]
    assert "Stopped" in answers.last.inner_text()
    drawn.feed([None])
    assert answers.count() == 0


def rows_of(count: int) -> list[Row]:
    return [(n, n * 20.0, 20.0, "chunk", f"w{n}", "text", 3 * (n + 1)) for n in range(count)]


EMPTY: Json = {
    "turn": "t",
    "state": "answering",
    "figures": [],
    "hops": [],
    "plan": [],
    "ruling": None,
}


def timeline_values(frames: Sequence[int], ruling: Json) -> list[Any]:
    window, values, rows, place = RowWindow(), [], rows_of(sum(frames)), 0
    for size in frames:
        window.push(rows[place : place + size])
        place += size
        held = window.value()
        values.append({**EMPTY, **held})
    return [*values, {**values[-1], "state": "completed", "ruling": ruling}]


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
    drawn = Drawn(page, "timeline.html", "follow.js", "chart.js", "timeline.js")
    page.evaluate("(rows) => (window.allRows = rows)", rows_of(rows))
    return drawn


def indices(page: Page) -> list[int]:
    found = page.locator("tbody tr").evaluate_all("all => all.map((r) => +r.dataset.index)")
    return [int(index) for index in found]


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_drawn_once_and_in_order_however_frames_come(
    browser_page: Page, seed: int
) -> None:
    chance = random.Random(seed)
    frames = [chance.choice([1, 1, 2, 7, 90, 300]) for _ in range(20)]
    # What the page missed of the frames, as when many came between two drawings.
    *live, over = [
        value
        for place, value in enumerate(timeline_values(frames, RIGHT))
        if place == len(frames) or chance.random() < 0.9 or frames[place] > 7
    ]
    total = sum(frames)
    drawn = timeline(browser_page, total)
    drawn.feed(live)
    drawn.feed([over])
    assert indices(browser_page) == list(range(max(0, total - 1_000), total))
    assert f"{total:,} events" in browser_page.locator(".tt-count").inner_text()


def test_while_an_answer_comes_only_the_newest_rows_are_on_the_page(browser_page: Page) -> None:
    drawn = timeline(browser_page, 500)
    *live, _ = timeline_values([1] * 500, RIGHT)
    drawn.feed(live)
    browser_page.locator("tr[data-index='499']").wait_for()
    assert indices(browser_page) == list(range(440, 500))
    assert browser_page.locator(".tt-count").inner_text() == "500 events, 440 folded"


def test_older_rows_are_a_page_away(browser_page: Page) -> None:
    drawn = timeline(browser_page, 2_500)
    drawn.feed(timeline_values([100] * 25, RIGHT))
    assert indices(browser_page) == list(range(1_500, 2_500))
    assert browser_page.locator(".tt-count").inner_text() == "1,501 to 2,500 of 2,500 events"
    browser_page.get_by_role("button", name="Earlier events").click()
    browser_page.locator("tr[data-index='500']").wait_for()
    browser_page.get_by_role("button", name="Earlier events").click()
    browser_page.locator("tr[data-index='0']").wait_for()
    assert indices(browser_page) == list(range(1_000))
    assert browser_page.get_by_role("button", name="Earlier events").is_disabled()
    browser_page.get_by_role("button", name="Later events").click()
    browser_page.locator("tr[data-index='1999']").wait_for()


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
    frame.get_by_role("button", name="Close the frame").click()
    assert not frame.is_visible()


def test_plan_and_hops_are_drawn_when_they_are_known(browser_page: Page) -> None:
    drawn = timeline(browser_page, 20)
    hop = {"name": "app → page", "p50": 8.0, "p99": 21.4, "meaning": "from read to paint"}
    values = timeline_values([20], RIGHT)
    drawn.feed([*values[:-1], {**values[-1], "plan": [[0, 0], [400, 60]], "hops": [hop]}])
    browser_page.locator(".tt-plan").wait_for(state="attached")
    assert "8.0 / 21.4 ms" in browser_page.locator(".tt-hops").inner_text()


def test_text_that_went_by_unseen_is_asked_for(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    browser_page.evaluate("window.texts = { t: 'One two three four.' }")
    late = {**said("three", "answering"), "first": 8}
    drawn.feed([said(""), late, {**late, "text": "three four.", "state": "completed"}])
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.answer") == "One two three four."
    assert browser_page.locator(".tt-answer").get_attribute("aria-busy") == "false"


def test_the_chart_holds_a_bounded_number_of_points(browser_page: Page) -> None:
    drawn = timeline(browser_page, 6_000)
    drawn.feed(timeline_values([200] * 30, RIGHT))
    line = browser_page.locator(".tt-line")
    line.wait_for(state="attached")
    browser_page.wait_for_function("document.querySelector('.tt-line').getAttribute('d')")
    assert len(line.get_attribute("d") or "") < 20_000
