"""Takes the pictures in README and docs from the running demo: `make pictures`."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e.browser import find, launch_arguments
from tokentape.child_processes.server import serving

FOLDER = Path(__file__).parent / "pictures"
ANSWER_MS = 30_000
LOAD_MS = 90_000
"""A short load run, from its start to its report."""
LARGEST_BYTES = 300_000

STORY = "Tell me a short story about a night train."
HARBOUR = "Describe the harbour of a small town."


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the window, and what is done before it is taken."""

    name: str
    pose: Callable[[Page], None]
    width: int = 1280
    height: int = 800
    scheme: Literal["light", "dark"] = "light"
    whole: bool = False
    """The whole page, beyond the window."""


def ask(page: Page, message: str, faults: str = "") -> None:
    page.get_by_label("Faults").fill(faults)
    page.get_by_role("textbox", name="Message").fill(message)
    page.get_by_role("textbox", name="Message").press("Enter")


def judged(page: Page) -> None:
    # "Judging…" gives way to what each check found.
    verdict = page.get_by_role("status", name="Verdict")
    expect(verdict.get_by_role("listitem").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    page.mouse.move(0, 0)


def empty(page: Page) -> None:
    expect(page.get_by_role("group", name="Examples")).to_be_visible()


def mid_stream(page: Page) -> None:
    # A gate holds the answer there: the picture is of the same moment on any machine.
    ask(page, STORY, "tokens=240 fault=stall@70:900ms hold=140")
    expect(page.get_by_text("140 events")).to_be_visible(timeout=ANSWER_MS)


def finished(page: Page) -> None:
    ask(page, STORY, "tokens=120 fault=stall@70:900ms")
    judged(page)


def broken(page: Page) -> None:
    ask(page, HARBOUR, "tokens=60 fault=lose@12 fault=duplicate@30")
    judged(page)


def failed(page: Page) -> None:
    ask(page, "List what to pack for a week by the sea.", "tokens=60 fault=cut@20")
    judged(page)


def choose(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()


def scenarios(page: Page) -> None:
    choose(page, "Scenarios")
    page.get_by_role("searchbox", name="Search scenarios").fill("s")
    page.get_by_role("list", name="Scenarios").get_by_role("button", name="hello").click()
    expect(page.get_by_text("13 chunks in")).to_be_visible(timeout=ANSWER_MS)
    found = page.get_by_role("status", name="Inserted")
    for fault, chunk in (("stall", "4"), ("lose", "8")):
        page.get_by_role("combobox", name="Fault", exact=True).select_option(fault)
        page.get_by_role("textbox", name="Value").fill("300ms" if fault == "stall" else "")
        page.get_by_role("spinbutton", name="Number").fill(chunk)
        page.get_by_role("button", name="Insert", exact=True).click()
        expect(found).to_contain_text("Line 8" if fault == "stall" else "Line 9")
    expect(page.get_by_role("list", name="Faults of this scenario")).to_contain_text("text_lost")
    page.mouse.move(0, 0)


def gates(page: Page) -> None:
    choose(page, "Gates")
    page.get_by_role("button", name="Start", exact=True).click()
    step = page.get_by_role("button", name="Step", exact=True)
    expect(step).to_be_enabled(timeout=ANSWER_MS)
    for chunk in (6, 7):
        step.click()
        expect(page.get_by_text(f"held before chunk {chunk}")).to_be_visible(timeout=ANSWER_MS)
    page.mouse.move(0, 0)


def rooms(page: Page) -> None:
    choose(page, "Rooms")
    page.get_by_role("textbox", name="Room", exact=True).fill("harbour")
    page.get_by_role("button", name="Join as Ann and Bob").click()
    ann, bob = (page.get_by_role("region", name=name, exact=True) for name in ("Ann", "Bob"))
    bob.get_by_role("combobox", name="Presence").select_option("busy")
    ann.get_by_role("textbox", name="Message").fill("Shall we ask what the harbour is like?")
    ann.get_by_role("button", name="Send").click()
    # A gate holds the answer there: the picture is of the same moment on any machine.
    bob.get_by_role("textbox", name="Message").fill(f"{HARBOUR} [[mock: tokens=80 hold=60]]")
    bob.get_by_role("button", name="Ask the model").click()
    expect(ann.get_by_role("article", name="assistant")).to_be_visible(timeout=ANSWER_MS)
    page.wait_for_timeout(2_500)
    ann.get_by_role("textbox", name="Message").press_sequentially("Lovely")
    expect(bob.get_by_role("status", name="Typing")).to_have_text("Ann is typing…")
    page.mouse.move(0, 0)


def threads(page: Page) -> None:
    choose(page, "Threads")
    page.get_by_role("form", name="The token’s claims").get_by_label("Name").fill("Anna")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("status", name="Signed in as")).to_contain_text("signed in")
    page.get_by_text("Bring a document").click()
    document = page.get_by_role("form", name="A new document")
    document.get_by_label("Title").fill("Opening hours")
    document.get_by_label("Text").fill("The harbour office opens at eight and closes at four.")
    page.get_by_role("button", name="Bring it", exact=True).click()
    new = page.get_by_role("form", name="A new thread")
    new.get_by_label("Title").fill("Getting to know")
    new.get_by_label("Workflow").select_option("onboarding")
    page.get_by_role("button", name="New thread", exact=True).click()
    done = page.get_by_role("list", name="Steps of the workflow").locator(
        '[data-state="completed"]'
    )
    for number, said in enumerate(("When does the office open?", "Anna", "To learn Norwegian")):
        page.get_by_role("textbox", name="Message").fill(said)
        page.get_by_role("textbox", name="Message").press("Enter")
        expect(done).to_have_count(number + 1, timeout=ANSWER_MS)
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(0, 0)


def check(page: Page) -> None:
    choose(page, "Check")
    page.get_by_text("What is asked, and how long to wait").click()
    question = "Tell me of the sea. [[mock: tokens=40 gap=10ms fault=lose@12]]"
    page.get_by_role("textbox", name="Question").fill(question)
    page.get_by_role("spinbutton", name="Answers").fill("3")
    page.get_by_role("button", name="Check", exact=True).click()
    verdict = page.get_by_role("status", name="Verdict of the check")
    expect(verdict).to_contain_text("wrong", timeout=ANSWER_MS)
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(0, 0)


def load(page: Page) -> None:
    choose(page, "Load")
    form = page.get_by_role("form", name="What the run shall be")
    form.get_by_label("Server").select_option("this server")
    form.get_by_label("Duration").fill("25")
    for dialect in ("ai-chat", "ai-gateway"):
        form.get_by_label(dialect, exact=True).check()
    form.get_by_label("Fault to plant").fill("duplicate@5")
    form.get_by_label("Calibrate first").uncheck()
    form.get_by_role("button", name="Start").click()
    state = page.get_by_role("region", name="Load", exact=True).get_by_role("status", name="State")
    expect(state).to_contain_text("Running", timeout=LOAD_MS)
    expect(page.get_by_role("button", name="Open the report")).to_be_visible(timeout=LOAD_MS)
    page.mouse.move(0, 0)


def load_report(page: Page) -> None:
    load(page)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Open the report").click()
    expect(opened.value.get_by_role("heading", name="Limits")).to_be_visible()
    page.set_content(opened.value.content())


def monitor(page: Page) -> None:
    faults = ["tokens=60 gap=15ms", "tokens=200 gap=15ms", "tokens=40 fault=cut@20"]
    choose(page, "Monitor")
    state = page.get_by_role("status", name="State").locator("visible=true")
    for number in range(12):
        message = f"Hello {number} [[mock: {faults[number % 3]}]]"
        # Not awaited: answers run while the page is looked at.
        page.evaluate(
            "message => { fetch('/api/v2/ai/chat/stream', {method: 'POST', headers:"
            " {'content-type': 'application/json'}, body: JSON.stringify({message})}); }",
            message,
        )
        page.wait_for_timeout(900)
    expect(state).to_contain_text("The upstream failed")


def compare(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("Message for both").fill(STORY)
    page.get_by_label("Directives for the mock").fill(
        "tokens=80 gap=20ms seed=7 fault=stall@40:400ms"
    )
    page.get_by_role("button", name="Compare", exact=True).click()
    verdicts = page.get_by_role("status", name="Verdict")
    for number in range(2):
        expect(verdicts.nth(number).get_by_role("listitem").first).to_be_visible(timeout=ANSWER_MS)
    page.mouse.move(0, 0)


PICTURES = (
    Picture("chat-empty", empty),
    Picture("chat-mid-stream", mid_stream),
    Picture("chat-finished", finished),
    Picture("chat-broken", broken),
    Picture("chat-error", failed),
    Picture("load", load, height=1120),
    Picture("load-report", load_report, height=1000),
    Picture("monitor", monitor, height=1040),
    Picture("chat-dark", mid_stream, scheme="dark"),
    Picture("chat-narrow", finished, width=360, height=760, whole=True),
    Picture("compare", compare, height=1000),
    Picture("scenarios", scenarios, width=1440, height=860),
    Picture("gates", gates, height=720),
    Picture("check", check, height=860),
    Picture("rooms", rooms, height=900),
    Picture("threads", threads, height=1000),
)


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The demo stack on a free port; its page's URL."""
    # Our own module, by our own interpreter.
    with serving([sys.executable, "-m", "tokentape.cli", "demo", "--port", "0"]) as server:
        yield server.url


def take(browser: Browser, url: str, picture: Picture) -> Path:
    """Pose and take one picture, in a browser context of its own."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("button", name="Send")).to_be_enabled(timeout=ANSWER_MS)
    picture.pose(page)
    # The chart is drawn a moment after the rows.
    page.wait_for_timeout(400)
    path = FOLDER / f"{picture.name}.png"
    page.screenshot(path=path, full_page=picture.whole)
    context.close()
    return path


def main(names: list[str]) -> int:
    FOLDER.mkdir(exist_ok=True)
    chosen = [each for each in PICTURES if not names or each.name in names]
    chromium, heavy = find(), False
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=launch_arguments())
        for picture in chosen:
            path = take(browser, url, picture)
            size = path.stat().st_size
            heavy |= size > LARGEST_BYTES
            print(f"{path.relative_to(FOLDER.parent.parent)}  {size / 1000:.0f} kB")  # noqa: T201
        browser.close()
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
