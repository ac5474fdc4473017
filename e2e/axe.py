"""Axe: what axe-core finds wrong with a page for people who don't see it, or use no mouse."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Page

SCRIPT = Path(__file__).with_name("js") / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")

_RUN = """async ([grave, rules]) => {
  const only = rules.length ? { runOnly: rules } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  return violations
    .filter((one) => grave.includes(one.impact))
    .flatMap((one) =>
      one.nodes.map((node) => {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message)[0];
        return `${one.id} (${one.impact}): ${node.target.join(" ")}: ${why}`;
      }),
    );
}"""


def require_axe() -> Path:
    """Its script; without it the test is skipped, in CI failed."""
    if SCRIPT.exists():
        return SCRIPT
    if os.environ.get("CI"):
        pytest.fail("`make clients` was not run")
    pytest.skip("`make clients` was not run")


async def barriers(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What is serious or critical, by these rules or by all: the rule, the place and the reason."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(require_axe().read_text())
    found: list[str] = await page.evaluate(_RUN, [list(GRAVE), list(rules)])
    return found
