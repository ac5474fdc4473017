"""A conversation in a real browser: what is drawn of answers that come bit by bit."""

import json
import random

import pytest
from playwright.sync_api import Page

from tests.harness.chance import by_chance, seeds
from tests.integration.app.ui.drawn import Drawn, Told, browser_page, late, told_late
from tokentape.contract.contract import Json
from tokentape.ui.theme import front

__all__ = ["browser_page"]

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


def conversation(page: Page) -> Drawn:
    scripts = ("chat/follow.js", "chat/markdown.js", "chat/kept.js", "chat/conversation.js")
    return Drawn(page, "chat/conversation.html", *scripts)


def answer(*pieces: str, state: str = "completed", turn: str = "t") -> list[str]:
    """An answer of these pieces that ends so."""
    told = Told(turn)
    return [*(told.say(piece) for piece in pieces), told.push({"state": state})]


def in_pieces(text: str, seed: int) -> list[str]:
    """An answer with this text, cut at random places."""
    chance, pieces, end = random.Random(seed), [], 0
    while end < len(text):
        length = chance.randint(1, 9)
        pieces.append(text[end : end + length])
        end += length
    return answer(*pieces)


@by_chance
@pytest.mark.parametrize("seed", seeds(6))
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


@by_chance
@pytest.mark.parametrize("seed", seeds(3))
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


def test_an_older_value_that_is_shown_once_more_doubles_nothing(browser_page: Page) -> None:
    drawn, told = conversation(browser_page), Told()
    values = [told.value(), *(told.say(f"word{n} ") for n in range(4))]
    drawn.feed([*values, values[2], values[-1], values[0], told.say("end")])
    shown = browser_page.locator(".tt-answer .tt-body").evaluate("body => body.answer")
    assert shown == "word0 word1 word2 word3 end"


def test_the_page_tells_how_far_it_has_drawn(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    browser_page.wait_for_function("performance.now() > 300")
    drawn.feed(answer("One ", "two."))
    assert browser_page.evaluate("told") == [["look", 4]]


def test_the_page_tells_what_was_said_where_it_is_sent_along(browser_page: Page) -> None:
    drawn = conversation(browser_page)

    def said(turn: str, text: str, **about: Json) -> Json:
        told = Told(turn)
        drawn.feed([told.push(about), told.say(text), told.push({"state": "completed"})])
        talk = browser_page.evaluate("tokentape.talk()")
        return [(one["turn"], one["how"], one["text"]) for one in json.loads(talk)["earlier"]]

    asked = {"message": "?"}
    assert said("a", "One.", retells=True) == [("a", asked, "One.")]
    assert said("b", "Of another dialect.") == [("a", asked, "One.")]
    assert said("c", "Two.", retells=True) == [("a", asked, "One."), ("c", asked, "Two.")]
    long = '"' * 124_970
    assert said("d", long, retells=True) == [("d", asked, long)], "there is room for the latest"


def test_a_megabyte_without_a_space_is_drawn_in_blocks(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    text = "x" * 1_000_000
    drawn.feed(answer(*["x" * 100_000] * 10))
    browser_page.locator(".tt-answer[aria-busy='false']").wait_for()
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.textContent.length") == len(text)
    longest = body.evaluate(
        "body => Math.max(...[...body.children].map((block) => block.textContent.length))"
    )
    assert longest <= 8_000


def test_a_new_turn_joins_the_conversation_and_it_can_be_cleared(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    drawn.feed([*answer("One.", turn="a"), *answer("Two.", state="stopped", turn="b")])
    answers = browser_page.get_by_role("article", name="Assistant")
    assert [text.strip() for text in answers.locator(".tt-body").all_inner_texts()] == [
        "One.",
        "Two.",
    ]
    assert "Stopped" in answers.last.inner_text()
    browser_page.evaluate("tokentape.clear()")
    drawn.feed([None])
    assert answers.count() == 0


def test_text_that_went_by_unseen_is_asked_for(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    told, snapshot = told_late()
    browser_page.evaluate("(found) => (window.snapshot = found)", snapshot)
    drawn.feed([told.value(), told.say("yy"), told.push({"state": "completed"})])
    browser_page.locator(".tt-answer[aria-busy='false']").wait_for()
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.answer") == "x" * 200 + "yy"


def test_what_a_snapshot_had_is_passed_over_as_it_comes(browser_page: Page) -> None:
    # The page asks by a way of its own, and may be answered before it is sent what there was.
    drawn = conversation(browser_page)
    told, _ = told_late()
    behind = [told.value(), told.say("xx"), told.say("xx")]
    browser_page.evaluate("(found) => (window.snapshot = found)", late(told))
    drawn.feed(behind[:1])
    body = browser_page.locator(".tt-answer .tt-body")
    browser_page.wait_for_function(
        "document.querySelector('.tt-answer .tt-body')?.answer?.length === 204"
    )
    drawn.feed([*behind, told.say("end"), told.push({"state": "completed"})])
    browser_page.locator(".tt-answer[aria-busy='false']").wait_for()
    assert body.evaluate("body => body.answer") == "x" * 204 + "end"


def test_a_very_long_answer_keeps_its_text_and_few_elements(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    items = [f"- *item* {number}\n{'' if number % 20 else chr(10)}" for number in range(20_000)]
    drawn.feed(answer(*("".join(items[n : n + 100]) for n in range(0, 20_000, 100))))
    browser_page.locator(".tt-answer[aria-busy='false']").wait_for()
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.getElementsByTagName('*').length") < 6_000
    words = [word for number in range(20_000) for word in ("item", str(number))]
    assert body.evaluate("body => body.innerText").split() == words


def test_a_lost_connection_is_counted_down_given_up_and_tried_again(browser_page: Page) -> None:
    browser = browser_page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.clock.install()
    page.set_content(front("header.html"))
    page.evaluate(
        """(script) => {
            window.there = false;
            window.fetch = async () => {
                if (!there) throw new TypeError("no network");
                return { ok: true, json: async () => ({ app_id: 1 }) };
            };
            new Function("element", script)(document.body);
        }""",
        front("connection.js"),
    )
    said = page.get_by_role("status", name="Connection")
    said.get_by_text("Connection lost, reconnecting").wait_for()
    # What changes each second is seen, and not read out.
    said.locator("[aria-hidden=true]").get_by_text("in 1 s").wait_for()
    # Each look waits longer, up to 5 s, for 90 s.
    for _ in range(100):
        page.clock.run_for(1_000)
    said.get_by_text("No connection to the server").wait_for()
    page.evaluate("() => { window.there = true; }")
    said.get_by_role("button", name="Try again").click()
    said.get_by_text("Connected", exact=True).wait_for()
    assert said.get_attribute("data-state") == "connected"
    page.close()
