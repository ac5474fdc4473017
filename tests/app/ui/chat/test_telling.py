"""Telling: one turn through the app's own protocols, as the page is shown it."""

from itertools import pairwise
from pathlib import Path

from app.contract.contract import Contract, Json
from app.ui.chat.asking import Asked
from app.ui.chat.telling import Picture, Place, tell
from app.ui.pages import Page
from tests.app.serving import Served, every_contract, serving, settings_for
from tests.app.upstream import HEAD, Hold, chunk, playing, said

NOWHERE = "http://127.0.0.1:9"


async def shown(app: Served, contract: Contract, page: Page) -> list[Json]:
    """What the conversation showed, update by update."""
    asked = Asked(message="hello", contract=contract.key)
    told = tell(asked, page, Place(app.url, None))
    return [{**picture.conversation(), "asked": None} async for picture in told]


async def last(app: Served, contract: Contract, page: Page, message: str = "hello") -> Picture:
    asked = Asked(message=message, contract=contract.key)
    *_, picture = [each async for each in tell(asked, page, Place(app.url, None))]
    return picture


@every_contract
async def test_an_answer_grows_to_its_whole_text_and_is_judged(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("One ", "two ", "three.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        updates = await shown(app, contract, Page())
        texts = [update["text"] for update in updates]
        assert texts[0] == ""
        assert all(after.startswith(before) for before, after in pairwise(texts))
        assert (texts[-1], updates[-1]["state"]) == ("One two three.", "completed")
        assert {update["turn"] for update in updates} == {updates[0]["turn"]}


@every_contract
async def test_the_timeline_has_a_row_an_event_figures_and_a_ruling(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("One ", "two.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        picture = await last(app, contract, Page())
        timeline = picture.timeline()
        assert timeline["first"] == 0
        assert len(timeline["lines"].splitlines()) == picture.window.count
        assert timeline["figures"][0]["name"] == "First token"
        assert timeline["ruling"]["headline"] == "Whole and in order"


async def test_the_next_turn_continues_the_conversation(tmp_path: Path) -> None:
    contract = every_contract.args[1][0]
    page = Page()
    async with (
        playing(said("One."), said("Two.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        await last(app, contract, page, "first")
        await last(app, contract, page, "second")
        assert [m["content"] for m in upstream.requests[1]["messages"]] == [
            "first",
            "One.",
            "second",
        ]
        assert page.talk.asked is not None
        assert page.talk.asked.message == "second"


@every_contract
async def test_an_answer_that_breaks_off_is_a_problem_with_its_code_and_keeps_what_came(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("Half ")]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        picture = await last(app, contract, Page())
        assert (picture.text, picture.state) == ("Half ", "failed")
        assert picture.problem is not None
        assert picture.problem.code == "UPSTREAM_TRUNCATED"
        assert picture.ruling is not None


@every_contract
async def test_stop_ends_the_answer_at_the_server(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing([HEAD, chunk("Some "), Hold()]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        page, picture = Page(), None
        asked = Asked(message="hello", contract=contract.key)
        async for picture in tell(asked, page, Place(app.url, None)):
            if picture.text and picture.state == "answering":
                await page.stop()
        assert picture is not None
        assert picture.state in ("stopped", "completed")
        assert picture.text == "Some "
        await upstream.left.wait()


async def test_a_page_that_is_closed_is_told_no_more_while_the_run_goes_on(tmp_path: Path) -> None:
    contract = every_contract.args[1][0]
    async with (
        playing([HEAD, chunk("Some "), Hold()]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        page = Page()
        asked = Asked(message="hello", contract=contract.key)
        async for picture in tell(asked, page, Place(app.url, None)):
            if picture.text:
                page.leave()
        assert not upstream.left.is_set()


async def test_a_server_that_is_not_there_is_a_problem_and_not_an_error() -> None:
    asked = Asked(message="hello", contract="ai-chat/sse")
    *_, picture = [each async for each in tell(asked, Page(), Place(NOWHERE, None))]
    assert picture.problem is not None
    assert (picture.state, picture.problem.code) == ("failed", "UNREACHABLE")


async def test_a_refused_turn_is_told_in_words(tmp_path: Path) -> None:
    contract = every_contract.args[1][0]
    async with (
        playing(said("fine")) as upstream,
        serving(settings_for(tmp_path, upstream.url, max_message_chars=10)) as app,
    ):
        picture = await last(app, contract, Page(), "more than ten characters")
        assert picture.problem is not None
        assert picture.problem.code == "BAD_REQUEST"
        assert picture.ruling is not None
        assert picture.ruling.headline == "No stream began"
