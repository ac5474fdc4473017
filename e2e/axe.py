"""Axe: what axe-core finds wrong with a page for people who don't see it, or use no mouse."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page

SCRIPT = Path(__file__).with_name("js") / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")

_RUN = """async (grave) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
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


async def barriers(page: Page) -> list[str]:
    """What is serious or critical: the rule, the place and the reason of each."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(require_axe().read_text())
    found: list[str] = await page.evaluate(_RUN, list(GRAVE))
    return found
