"""Checks of a page: told as they go, ended early, and never more than the bounds allow."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from tests.integration.app.check.faulty import Faulty, Frame, faulty, framed, replaced
from tests.unit.app.check.speakers import SPEAKERS, numbered, some_words
from tokentape.check.config import CheckConfig
from tokentape.contract.contract import Json
from tokentape.ui.check import jobs as module
from tokentape.ui.check.jobs import CheckJob, CheckJobs
from tokentape.ui.check.report_view import in_fields, report_of
from tokentape.ui.server_functions import UnfitInput

CONTRACT, SPEAK = SPEAKERS["ai-chat/sse"]
WORDS = some_words("running", 12)
RIGHT = framed(numbered(CONTRACT, SPEAK(WORDS, "completed")))
WRONG = replaced(RIGHT, 3, payload={**RIGHT[3].payload, "content": "?"})


def wanted(url: str, **more: object) -> CheckConfig:
    given = {
        "url": url,
        "contract": CONTRACT,
        "expect": "".join(WORDS),
        "linger_s": 0.0,
        "order_only": True,
        **more,
    }
    return CheckConfig(**given)  # type: ignore[arg-type]  # its own fields


class Awaited(list[Json]):
    """Answers, of which so many are waited for."""

    def __init__(self, awaited: int) -> None:
        self.there = asyncio.Event()
        self._awaited = awaited

    def extend(self, more: Iterable[Json]) -> None:
        super().extend(more)
        if len(self) >= self._awaited:
            self.there.set()


async def over(running: CheckJob) -> CheckJob:
    assert running.task is not None
    await running.task
    return running


async def checked(frames: Sequence[Frame], **more: object) -> CheckJob:
    async with faulty(Faulty(CONTRACT, frames, WORDS)) as server:
        return await over(CheckJobs().start("page", wanted(server.url, **more)))


async def test_a_right_server_is_told_answer_by_answer_and_then_as_a_whole() -> None:
    done = await checked(RIGHT, turns=3)
    told = done.to_json(0)
    assert [answer["right"] for answer in told["answers"]] == [True, True, True]
    assert (told["running"], told["turns"], told["turn"]) == (False, 3, 3)
    assert done.to_json(2)["answers"] == told["answers"][2:]
    assert done.report is not None
    shown = report_of(done.report)
    assert (shown["verdict"], shown["wrong"], shown["stopped_short"]) == ("right", [], None)


async def test_a_wrong_answer_is_shown_with_the_frames_around_it_and_what_to_mend() -> None:
    done = await checked(WRONG)
    assert done.report is not None
    (answer,) = report_of(done.report)["wrong"]
    violation = answer["violations"][0]
    assert violation["kind"] == "text_altered"
    assert [line["marked"] for line in violation["lines"]].count(True) == 1
    assert violation["mend"]
    assert done.answers[0]["rules"] == ["text_altered"]


async def test_a_check_that_is_cancelled_keeps_what_it_found() -> None:
    slow = [*RIGHT[:-1], replace(RIGHT[-1], wait_s=0.05)]
    async with faulty(Faulty(CONTRACT, slow, WORDS)) as server:
        runnings = CheckJobs()
        under_way = runnings.start("page", wanted(server.url, turns=1_000))
        under_way.answers = answers = Awaited(2)
        async with asyncio.timeout(60):
            await answers.there.wait()
        with pytest.raises(UnfitInput, match="under way on this page"):
            runnings.start("page", wanted(server.url))
        under_way.cancel()
        await over(under_way)
    assert under_way.report is not None
    assert under_way.report.verdict == "no verdict"
    assert "Cancelled after" in (under_way.report.stopped_short or "")
    assert len(under_way.report.results) >= 2


async def test_a_page_that_is_closed_takes_its_check_with_it() -> None:
    hanging = [replace(RIGHT[0], wait_s=0.2)]
    async with faulty(Faulty(CONTRACT, hanging, WORDS)) as server:
        runnings = CheckJobs()
        under_way = runnings.start("page", wanted(server.url, turns=1_000))
        runnings.leave("another")
        assert runnings.of("page") is under_way
        runnings.leave("page")
        await over(under_way)
    assert runnings.of("page") is None
    assert under_way.report is not None
    assert under_way.report.stopped_short == "The page was closed after 0 answers."


async def test_no_more_checks_run_at_once_than_the_bound_and_no_more_are_kept() -> None:
    hanging = [replace(RIGHT[0], wait_s=0.5)]
    async with faulty(Faulty(CONTRACT, hanging, WORDS)) as server:
        runnings = CheckJobs()
        under_way = [
            runnings.start(f"page-{n}", wanted(server.url)) for n in range(module.AT_ONCE_MAX)
        ]
        with pytest.raises(UnfitInput, match="wait for one to end"):
            runnings.start("another", wanted(server.url))
        for one in under_way:
            one.cancel()
            await over(one)
        for n in range(module.KEPT_MAX + 5):
            await over(runnings.start(f"later-{n}", wanted("http://127.0.0.1:1")))
    kept = [runnings.of(f"later-{n}") for n in range(module.KEPT_MAX + 5)]
    assert sum(one is not None for one in kept) <= module.KEPT_MAX


async def test_more_events_than_a_page_may_hold_end_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", 30)
    done = await checked(RIGHT, turns=100)
    assert done.report is not None
    assert "the most that a page holds" in (done.report.stopped_short or "")


async def test_tokens_are_in_no_report() -> None:
    url = "http://127.0.0.1:1/sk-secret/sk-mocks"
    done = await over(
        CheckJobs().start("page", wanted(url, token="sk-secret", mock_token="sk-mocks"))
    )
    assert done.report is not None
    assert (done.report.config.token, done.report.config.mock_token) == (None, None)
    assert done.config is done.report.config
    assert "127.0.0.1:1/***/***" in (done.report.stopped_short or "")


def test_what_the_command_says_is_said_in_the_fields_of_the_page() -> None:
    assert (
        in_fields("leave --cut-at and --cuts out")
        == "leave Cut after events and Cuts at random out"
    )
    assert in_fields("give one: --token") == "give one: Token"
