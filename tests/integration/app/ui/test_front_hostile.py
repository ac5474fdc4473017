"""Answers that are made to stop a page: drawn whole, not too deep, and in tasks that are short."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.integration.app.ui.drawn import browser_page
from tests.integration.app.ui.test_front import answer, conversation

__all__ = ["browser_page"]

MOST_TASK_MS = 400  # of CPU; the heaviest take a tenth on a quick machine
DEEPEST = 80  # elements inside of each other

BLOCKS = {
    "quotes": ">" * 3_000 + " x",
    "quotes apart": "> " * 1_900 + "x",
    "many quotes": "\n\n".join([">" * 3_000 + " x"] * 20),
    "a run of backticks": "`" * 3_900,
    "runs of backticks": " ".join("`" * (n % 80 + 1) for n in range(100)) * 5,
    "a fence without end": "`" * 3_900 + "\n" + "x" * 200_000,
    "lists in lists": "\n".join(" " * n + "- x" for n in range(600)),
    "headings": "# a\n" * 20_000,
    "open strong": "**a " * 5_000,
    "open strong, other": "__a " * 5_000,
    "strong in strong": "**a __b " * 1_000 + "x" + "__ **" * 1_000,
    "open emphasis": "*a " * 5_000 + "_b" * 5_000,
    "stars": "*" * 20_000,
    "underscores": "_" * 20_000,
    "tildes": "~" * 20_000 + "~~a" * 3_000,
    "brackets": "[" * 20_000 + "](" + "x" * 20_000,
    "links": "[a](" * 5_000 + "![" * 5_000 + "](http://a" * 5_000,
    "spaces": "a" + " " * 50_000 + "b",
    "dashes": "a | b\n" + "-" * 50_000 + "x",
    "rules": "- " * 20_000 + "x",
    "cells": "|" * 4_000 + "\n|-" * 2_000 + "\n" + "|" * 20_000,
    "backslashes": "\\" * 20_001,
    "emphasis": "*a* " * 10_000,
    "line feeds": "\n" * 50_000 + "x",
    "a long line of code": "```\n" + "x" * 300_000 + "\nend\n```",
    "lines of code": "```\n" + "x\n" * 20_000 + "```",
    "combined": "> - **" * 600 + "x",
}


def traced(page: Page, feed: list[str]) -> tuple[float, float]:
    """Feeds an answer; the longest task of the page's main thread in ms of CPU, and all of them."""
    browser = page.context.browser
    assert browser is not None
    drawn = conversation(page)
    browser.start_tracing(page=page, categories=["toplevel"])
    drawn.feed(feed)
    page.locator(".tt-answer[aria-busy='false']").wait_for(timeout=90_000)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"] / 1_000
        for event in events
        if "tdur" in event and (event["pid"], event["tid"]) in main
    ]
    return max(tasks), sum(tasks)


def solid(text: str) -> str:
    """Without what is a sign and no text: only letters have to be there."""
    return "".join(letter for letter in text if letter.isalpha())


@pytest.mark.parametrize("name", BLOCKS)
def test_a_hostile_answer_is_drawn_whole_and_holds_up_nothing(
    browser_page: Page, name: str
) -> None:
    text = BLOCKS[name]
    longest, _ = traced(browser_page, answer(text))
    body = browser_page.locator(".tt-answer .tt-body")
    shown = body.evaluate("body => body.textContent")
    # What is drawn as a link has its address outside of the text.
    if name not in ("links", "a fence without end"):
        assert solid(shown) == solid(text)
    deepest = body.evaluate(
        """body => {
            let deepest = 0;
            for (const leaf of body.getElementsByTagName("*")) {
                let depth = 0;
                for (let node = leaf; node !== body; node = node.parentNode) depth += 1;
                deepest = Math.max(deepest, depth);
            }
            return deepest;
        }"""
    )
    assert deepest <= DEEPEST
    assert longest <= MOST_TASK_MS
    assert body.evaluate("body => body.answer") == text


@pytest.mark.parametrize("name", ["quotes", "a run of backticks", "emphasis", "open strong"])
def test_a_hostile_answer_that_streams_holds_up_nothing(browser_page: Page, name: str) -> None:
    text = BLOCKS[name][:3_900]
    longest, _ = traced(browser_page, answer(*(text[n : n + 20] for n in range(0, len(text), 20))))
    body = browser_page.locator(".tt-answer .tt-body")
    assert solid(body.evaluate("body => body.textContent")) == solid(text)
    assert longest <= MOST_TASK_MS


def test_of_an_open_block_only_what_changed_is_drawn(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    first, *rest = answer("One *two* three\n- not a list", " yet", " *and* more", "\n- item")
    drawn.feed([first])
    browser_page.evaluate(
        """() => {
            window.changes = 0;
            window.first = document.querySelector(".tt-body em");
            new MutationObserver((all) => {
                for (const one of all) changes += one.removedNodes.length;
            }).observe(document.querySelector(".tt-body"), { childList: true, subtree: true });
        }"""
    )
    drawn.feed(rest[:2])
    assert browser_page.evaluate("changes") == 0
    assert browser_page.evaluate("first === document.querySelector('.tt-body em')")
