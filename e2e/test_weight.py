"""What an answer weighs: bytes that grow with it and no faster, a page whose memory is bounded by
the text, and that answers a person all the while."""

from dataclasses import dataclass

import httpx2
from playwright.async_api import Browser, CDPSession

from e2e.journal import Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.servers import Stack

LONG = 200_000
VERY_LONG = f"""
name: very-long
when: {{model: none-by-this-name}}
pace: {{first_token_ms: 20, between_tokens_ms: 0}}
steps:
  - generate: {{tokens: {LONG // 2}}}
  - generate: {{tokens: {LONG // 2}}}
"""
LONG_S = 100
NODES_MAX = 20_000
HEAP_MAX_BYTES = 80_000_000
ANSWERED_MS = 100
BUSY = 10
"""Times as long as a person would feel it, on a machine that does other things as well."""

# Each press of a key, until the frame that shows what it wrote.
KEYS = """
window.answered = [];
addEventListener("keydown", () => {
  const pressed = performance.now();
  requestAnimationFrame(() => setTimeout(() => answered.push(performance.now() - pressed)));
}, true);
"""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one answer cost its page."""

    bytes: float
    nodes: float
    heap_bytes: float
    said: str


async def weigh(browser: Browser, stack: Stack, directive: str, within_s: float) -> Weight:
    """An answer in a fresh page, with typing while it comes."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        received: list[float] = []
        cdp.on("Network.dataReceived", lambda data: received.append(data["dataLength"]))
        await cdp.send("Network.enable")
        await page.add_init_script(KEYS)
        chat = ChatPage(page)
        await chat.open(stack.app.url)
        before = sum(received)
        await chat.ask(unique("Weigh this"), directive)
        await chat.message.focus()
        while await chat.answer.get_attribute("aria-busy") == "true":
            await page.keyboard.type("typed ", delay=40)
            assert len(await chat.message.input_value()) < 60 * within_s, "no end in time"
        await chat.ended(within_s)
        answered = sorted(await page.evaluate("answered"))
        assert answered[len(answered) // 2] <= ANSWERED_MS, answered
        assert answered[-1] <= ANSWERED_MS * BUSY, answered
        cost = sum(received) - before
        return Weight(cost, *await _memory(cdp), await chat.said())
    finally:
        await context.close()


async def _memory(cdp: CDPSession) -> tuple[float, float]:
    await cdp.send("HeapProfiler.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    await cdp.send("Performance.enable")
    told = (await cdp.send("Performance.getMetrics"))["metrics"]
    metrics = {metric["name"]: metric["value"] for metric in told}
    return metrics["Nodes"], metrics["JSHeapUsedSize"]


async def test_bytes_grow_as_the_answer_grows(browser: Browser, stack: Stack) -> None:
    short, long = [
        await weigh(browser, stack, f"tokens={count} first=50ms gap=2ms", 60)
        for count in (1_000, 4_000)
    ]
    assert len(long.said) > 3.5 * len(short.said)
    assert long.bytes <= 4.4 * short.bytes, (short.bytes, long.bytes)


async def test_page_stays_light_and_awake_on_a_very_long_answer(
    browser: Browser, stack: Stack, journal: Journal
) -> None:
    async with httpx2.AsyncClient(base_url=stack.mock.root) as http:
        put = await http.put("/__mock__/scenarios/very-long", content=VERY_LONG)
        assert put.is_success, put.text
    weight = await weigh(browser, stack, "scenario=very-long", LONG_S)
    entry = (await journal.entries("Weigh this"))[0]
    assert len(entry.chunks) == LONG
    assert weight.said == entry.text, "the text stays whole"
    assert weight.nodes <= NODES_MAX
    assert weight.heap_bytes <= HEAP_MAX_BYTES
