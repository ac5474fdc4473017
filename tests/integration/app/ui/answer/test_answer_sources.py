"""Sources: one turn through the app's own protocols, as the page is shown it; come back to, and
replayed."""

import json
from itertools import pairwise
from pathlib import Path

import httpx2
import orjson
import pytest

from tests.integration.app.serving import SECRET, every_contract, serving, settings_for
from tests.integration.app.upstream import HEAD, Hold, chunk, playing, said
from tests.integration.mock_openai.conftest import Served, served
from tokentape.access.tokens import sign
from tokentape.contract.contract import Contract, Json
from tokentape.ui.answer.answer_sources import Target, ask_question, rejoin, replay
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.browser_state import UnfinishedAnswer, record_of, talk_of
from tokentape.ui.answer.live_answer import LiveAnswer, PaneSubscription
from tokentape.ui.answer.question import MockOptions, Question, takes
from tokentape.ui.answer.timeline_file import header, read
from tokentape.ui.chat.page_callbacks import rows_of, snapshot_of
from tokentape.ui.mock_admin import Mock

__all__ = ["served"]

NOWHERE = "http://127.0.0.1:9"
ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
CONTRACT: Contract = every_contract.args[1][0]


def asking(app_url: str, contract: Contract = CONTRACT, message: str = "hello") -> LiveAnswer:
    token = ALICE if contract.needs_token else None
    asked = Question(message=message, contract=contract.key, token=token)
    return ask_question(asked, None, Target(app_url, None))


async def shown(telling: LiveAnswer) -> list[str]:
    """What a page was sent, update by update."""
    telling.begin()
    return [picture.value("look") async for picture in telling.frames(PaneSubscription())]


def lines_of(value: str) -> list[Json]:
    """The lines of the feed in what a page was sent."""
    return [orjson.loads(line) for line in value.splitlines()[1:]]


async def whole(telling: LiveAnswer) -> AnswerView:
    await telling.begin().ended()
    return telling.view


@every_contract
async def test_an_answer_grows_to_its_whole_text_and_is_judged(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("One ", "two ", "three.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        telling = asking(app.url, contract)
        updates = await shown(telling)
        assert all(after.startswith(before) for before, after in pairwise(updates))
        assert updates[-1].startswith(f"{telling.view.turn} look 0\n")
        lines = lines_of(updates[-1])
        events = [line for line in lines if isinstance(line, list)]
        assert len(events) == len(telling.view.recording)
        texts = [line[7] if len(line) > 7 else line[4] for line in events if line[5] == "text"]
        assert "".join(texts) == telling.view.text.whole() == "One two three."
        told: dict[str, Json] = {}
        for line in lines:
            told |= line if isinstance(line, dict) else {}
        assert told["state"] == "completed"
        assert told["figures"][0]["name"] == "First token"
        assert told["ruling"]["headline"] == "Whole and in order"


@pytest.mark.parametrize(
    "contract",
    [one for one in every_contract.args[1] if takes(one, "conversation")],
    ids=lambda contract: contract.key,
)
async def test_the_next_turn_continues_the_conversation(contract: Contract, tmp_path: Path) -> None:
    token = ALICE if contract.needs_token else None
    async with (
        playing(said("One."), said("Two.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        first = await whole(asking(app.url, contract, message="first"))
        asked = Question(message="second", contract=contract.key, token=token)
        kept = {"turn": first.turn, "how": record_of(first.question), "text": first.text.whole()}
        earlier = talk_of(json.dumps({"earlier": [kept]})).earlier(contract.dialect, 1_000, 9)
        place = Target(app.url, None)
        second = await whole(ask_question(asked, first.conversation_id, place, earlier))
        assert second.conversation_id == first.conversation_id
        assert [(m["role"], m["content"]) for m in upstream.requests[1]["messages"]] == [
            ("user", "first"),
            ("assistant", "One."),
            ("user", "second"),
        ]


@every_contract
async def test_an_answer_that_breaks_off_is_a_problem_with_its_code_and_keeps_what_came(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("Half ")]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        picture = await whole(asking(app.url, contract))
        assert (picture.text.whole(), picture.state) == ("Half ", "failed")
        assert picture.problem is not None
        assert picture.problem.code == "UPSTREAM_TRUNCATED"
        assert picture.verdict is not None


@every_contract
async def test_what_the_mock_refuses_is_told_in_its_own_words_with_the_conversation(
    contract: Contract, served: Served, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, served.url, openai_api_key="x")
    async with serving(settings) as app:
        token = ALICE if contract.needs_token else None
        wish = MockOptions(more="stile=markdown")
        asked = Question(message="hello", contract=contract.key, token=token, options=wish)
        telling = ask_question(asked, None, Target(app.url, Mock(served.root)))
        value = (await shown(telling))[-1]
    told: dict[str, Json] = {}
    for line in lines_of(value):
        told |= line if isinstance(line, dict) else {}
        if told.get("state") == "failed":
            break
    assert told["problem"]["code"] == "UPSTREAM_REFUSED"
    assert "The mock says: [[mock: …]]: unknown key 'stile'" in told["problem"]["advice"]
    # Told with the state: a page that hears of the end keeps the conversation to go on with.
    assert told.get("conversation") == telling.view.conversation_id


@every_contract
async def test_stop_ends_the_answer_at_the_server(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing([HEAD, chunk("Some "), Hold()]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        telling = asking(app.url, contract).begin()
        async for picture in telling.frames(PaneSubscription()):
            if len(picture.text) and picture.state == "answering":
                await telling.stop()
        assert telling.view.state in ("stopped", "completed")
        assert telling.view.text.whole() == "Some "
        await upstream.left.wait()


@every_contract
async def test_an_answer_is_joined_again_from_its_tape_while_it_comes(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("Some "), Hold()]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        first = asking(app.url, contract).begin()
        async for picture in first.frames(PaneSubscription()):
            if picture.run and len(picture.text):
                break
        await first.leave()
        again = rejoin(left_of(first.view), Target(app.url, None)).begin()
        async for picture in again.frames(PaneSubscription()):
            if len(picture.text) and picture.state == "answering":
                await again.stop()
        assert again.view.turn == first.view.turn
        assert again.view.text.whole() == "Some "
        await upstream.left.wait()


def left_of(picture: AnswerView) -> UnfinishedAnswer:
    return UnfinishedAnswer(picture.question, picture.turn, picture.run, picture.conversation_id)


@every_contract
async def test_where_the_tape_is_gone_the_stored_answer_is_shown(
    contract: Contract, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, "")
    async with playing(said("One ", "two."), [HEAD, chunk("Half ")]) as upstream:
        settings = settings.model_copy(update={"openai_base_url": upstream.url})
        async with serving(settings) as app:
            pictures = [await whole(asking(app.url, contract)) for _ in range(2)]
        async with serving(settings) as restarted:
            place = Target(restarted.url, None)
            found = [await whole(rejoin(left_of(picture), place)) for picture in pictures]
    assert [(p.text.whole(), p.state) for p in found] == [
        ("One two.", "completed"),
        ("Half ", "failed"),
    ]
    assert found[1].problem is not None
    assert found[1].problem.code == "UPSTREAM_TRUNCATED"


async def test_nobody_is_shown_the_stored_answer_of_another(tmp_path: Path) -> None:
    async with (
        playing(said("Secret.")) as upstream,
        serving(settings_for(tmp_path, upstream.url, tape_ttl_s=0)) as app,
    ):
        asked = Question(message="hello", contract=CONTRACT.key, token=ALICE)
        picture = await whole(ask_question(asked, None, Target(app.url, None)))
        assert picture.text.whole() == "Secret."
        for token, code in ((BOB, "NOT_KEPT"), (None, "NOT_KEPT"), (ALICE, None)):
            again = Question(message="hello", contract=CONTRACT.key, token=token)
            left = UnfinishedAnswer(again, "t", picture.run, picture.conversation_id)
            found = await whole(rejoin(left, Target(app.url, None)))
            assert (found.problem and found.problem.code) == code
            assert found.text.whole() == ("" if code else "Secret.")
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with httpx2.AsyncClient(headers=headers) as http:
                stored = await http.get(f"{app.url}/api/runs/{picture.run}")
            assert stored.status_code == (404 if code else 200)


@pytest.mark.parametrize("run", [None, "no-such-run"])
async def test_an_answer_that_nobody_has_is_said_to_be_gone(
    run: str | None, tmp_path: Path
) -> None:
    async with (
        playing(said("fine")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        left = UnfinishedAnswer(Question(message="hello", contract=CONTRACT.key), "t", run, None)
        picture = await whole(rejoin(left, Target(app.url, None)))
        assert picture.state == "failed"
        assert picture.problem is not None
        assert picture.problem.code == ("NOT_KEPT" if run else "NO_RUN")


async def test_a_saved_timeline_is_replayed_to_the_same_picture(tmp_path: Path) -> None:
    async with (
        playing(said("One ", "two.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        first = await whole(asking(app.url))
    content = b"\n".join([header(first.question, "One two.", first.plan), *first.recording])
    again = await whole(replay(read(content), "a.jsonl"))
    assert again.text.whole() == "One two."
    assert (again.figures, again.state) == (first.figures, first.state)
    assert rows_of(again, 0, 100) == rows_of(first, 0, 100)
    assert again.verdict is not None
    assert again.verdict.headline == "Whole, in order and as scripted"
    assert not again.in_history


async def test_a_server_that_is_not_there_is_a_problem_and_not_an_error() -> None:
    picture = await whole(asking(NOWHERE))
    assert picture.problem is not None
    assert (picture.state, picture.problem.code) == ("failed", "UNREACHABLE")


async def test_a_refused_turn_is_told_in_words(tmp_path: Path) -> None:
    async with (
        playing(said("fine")) as upstream,
        serving(settings_for(tmp_path, upstream.url, max_message_chars=10)) as app,
    ):
        picture = await whole(asking(app.url, message="more than ten characters"))
        assert picture.problem is not None
        assert picture.problem.code == "BAD_REQUEST"
        assert picture.verdict is not None
        assert picture.verdict.headline == "No stream began"


async def test_a_page_that_comes_late_is_told_all_there_is(tmp_path: Path) -> None:
    async with (
        playing(said("One ", "two ", "three.")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        picture = await whole(asking(app.url))
    told = snapshot_of(picture, 4)
    assert (told["from"], told["text"], told["characters"]) == (4, "two three.", 14)
    assert told["next"] == picture.feed.count
    assert told["meta"]["state"] == "completed"
    assert len(told["rows"]) == len(picture.recording)
    assert [characters for _, characters in told["curve"]] == [4, 8, 14]
    assert snapshot_of(picture, 99)["text"] == snapshot_of(picture, 14)["text"] == ""
