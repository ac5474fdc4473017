"""What an answer weighs on its page while somebody types: `python -m e2e.weight`, 200,000 chunks.

The command also limits the time from a key to its letter, which a busy machine lengthens: the suite
weighs a shorter answer, and limits what does not depend on the machine's mood.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import Browser, CDPSession, async_playwright

from e2e.artifacts import RESULTS
from e2e.browser import find, launch_arguments
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.servers import Stack, running
from tokentape.contract.timeline import percentile

FIGURES = RESULTS / "weight.json"
SHORT = (1_000, 4_000)
LONG = 200_000
ENDED_S = 200
NODES_MAX = 20_000
HEAP_MAX_BYTES = 80_000_000
ANSWERED_MS = 100
"""From a key to its letter; and the most that a task of the page's main thread may work."""

# From each press of a key, as the browser stamped it, to the task after the frame that shows it.
KEYS = """
window.answered = [];
addEventListener("keydown", (event) => {
  const pressed = event.timeStamp;
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      answered.push(Math.round(1000 * (performance.now() - pressed)));
      port1.close();
    };
    port2.postMessage(null);
  });
}, true);
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What a task took of its processor, and how long the machine took meanwhile for others."""

    worked_us: int
    withheld_us: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """What answers of growing length cost their page."""

    message: str
    """What the last and longest answered."""
    said: Sequence[str]
    bytes: Sequence[float]
    nodes: float
    heap_bytes: float
    answered_us: Sequence[int]
    """Each key that was pressed while an answer came."""
    tasks: Sequence[Task]
    """Of the page's main thread: no key waits for longer than one of them."""

    def figures(self) -> dict[str, float]:
        """Of a person who types meanwhile."""
        answered, tasks = self.answered_us, self.tasks
        return {
            "nodes": self.nodes,
            "heap_bytes": self.heap_bytes,
            "keys": len(answered),
            "answered_p50_ms": (percentile(answered, 50) or 0) / 1_000,
            "answered_p99_ms": (percentile(answered, 99) or 0) / 1_000,
            "answered_max_ms": max(answered) / 1_000,
            "tasks": len(tasks),
            "longest_task_ms": max(task.worked_us for task in tasks) / 1_000,
            "withheld_ms": max(task.withheld_us for task in tasks) / 1_000,
        }


async def weigh(browser: Browser, stack: Stack, longest: int) -> Weighed:
    """A page in which somebody types while answers come, the last of so many chunks."""
    scenario = very_long(longest)
    async with httpx2.AsyncClient(base_url=stack.mock.root) as http:
        put = await http.put("/__mock__/scenarios/very-long", content=scenario)
        assert put.is_success, put.text
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        page = await context.new_page()
        await page.add_init_script(KEYS)
        cdp = await context.new_cdp_session(page)
        received: list[float] = []
        cdp.on("Network.dataReceived", lambda data: received.append(data["dataLength"]))
        await cdp.send("Network.enable")
        chat = ChatPage(page)
        await chat.open(stack.app.url)
        said, costs, message = [], [], ""
        await browser.start_tracing(page=page, categories=["toplevel"])
        for directive in (
            *(f"tokens={count} first=50ms gap=1ms" for count in SHORT),
            "scenario=very-long",
        ):
            before, message = sum(received), unique("Weigh this")
            await chat.ask(message, directive)
            await type_while_it_comes(chat)
            costs.append(sum(received) - before)
            said.append(await chat.said())
        traced = json.loads(await browser.stop_tracing())["traceEvents"]
        answered = await page.evaluate("answered")
        return Weighed(message, said, costs, *await memory(cdp), answered, tasks_in(traced))
    finally:
        await context.close()


def very_long(chunks: int) -> str:
    """A scenario that nobody gets but by its name."""
    return f"""
name: very-long
when: {{model: none-by-this-name}}
pace: {{first_token_ms: 20, between_tokens_ms: 0}}
steps:
  - generate: {{tokens: {chunks // 2}}}
  - generate: {{tokens: {chunks // 2}}}
"""


async def type_while_it_comes(chat: ChatPage) -> None:
    await chat.message.fill("")
    await chat.message.focus()
    while await chat.answer.get_attribute("aria-busy") == "true":
        await chat.page.keyboard.type("typed ", delay=40)
    await chat.ended(ENDED_S)


async def memory(cdp: CDPSession) -> tuple[float, float]:
    await cdp.send("HeapProfiler.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    await cdp.send("Performance.enable")
    told = (await cdp.send("Performance.getMetrics"))["metrics"]
    metrics = {metric["name"]: metric["value"] for metric in told}
    return metrics["Nodes"], metrics["JSHeapUsedSize"]


def tasks_in(traced: Sequence[Mapping[str, Any]]) -> list[Task]:
    main = {
        (event["pid"], event["tid"])
        for event in traced
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        Task(event["tdur"], max(0, event["dur"] - event["tdur"]))
        for event in traced
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main
        if "tdur" in event
    ]


async def run(chunks: int) -> Weighed:
    chromium = await asyncio.to_thread(find)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=launch_arguments()
            )
            weighed = await weigh(browser, stack, chunks)
            await browser.close()
    return weighed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.weight", description=__doc__)
    parser.add_argument("--chunks", type=int, default=LONG, help="length of the longest answer")
    figures = asyncio.run(run(parser.parse_args().chunks)).figures()
    RESULTS.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=1))
    sys.stdout.write("".join(f"{name:<16} {value:>14,.1f}\n" for name, value in figures.items()))
    light = figures["nodes"] <= NODES_MAX and figures["heap_bytes"] <= HEAP_MAX_BYTES
    quick = max(figures["answered_p99_ms"], figures["longest_task_ms"]) <= ANSWERED_MS
    return 0 if light and quick else 1


if __name__ == "__main__":
    sys.exit(main())
