"""Each way of being wrong, committed alone by a server over a real socket, is named at its place,
and nothing else is: for each violation, contract and transport, at the first, middle and last text.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest

from tests.integration.app.check.faulty import Faulty, Frame, faulty, framed, replaced
from tests.unit.app.check import keyed_faults
from tests.unit.app.check.keyed_speakers import RUN, THREAD
from tests.unit.app.check.speakers import KEYED, SPEAKERS, Speaker, Wire, numbered, some_words
from tokentape.check.config import CheckConfig
from tokentape.check.result import AnswerResult, judge_answer
from tokentape.check.runner import check
from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.violations import VIOLATION_KINDS

WORDS = some_words("mutations", 9)
PLACES = {"first": 0, "middle": 4, "last": 8}
MS = 1_000_000
LATE_NS, LIMIT_MS = 1_300 * MS, 1_000.0

Found = tuple[str, int]


@dataclass(frozen=True)
class Case:
    """One contract and one place. `at` counts texts, `place` events."""

    contract: Contract
    speak: Speaker
    at: int

    def right(self, words: Sequence[str] = WORDS, end: str = "completed") -> Wire:
        return self.speak(words, end)

    @property
    def wire(self) -> Wire:
        return self.right()

    @property
    def place(self) -> int:
        return self.opening + self.at

    @property
    def opening(self) -> int:
        """Events before the first text."""
        alike = zip(self.right(), self.right(["x", *WORDS[1:]]), strict=True)
        return next(index for index, (one, other) in enumerate(alike) if one != other)

    @property
    def numbers(self) -> bool:
        return self.contract.seq is not None and "." not in self.contract.seq

    def sent(self, wire: Wire) -> list[Frame]:
        return framed(numbered(self.contract, wire))

    def says(self, words: Sequence[str]) -> list[Frame]:
        """The server says other words; what carries the whole text has it right."""
        wire, whole = self.right(words), "".join(WORDS)

        def mended(payload: Json) -> Json:
            if not isinstance(payload, dict):
                return payload
            return {
                key: whole if value == "".join(words) else value for key, value in payload.items()
            }

        return self.sent([(event, mended(payload)) for event, payload in wire])


@dataclass(frozen=True)
class Wrong:
    """What the server sends and what must be found, and nothing besides."""

    frames: list[Frame]
    found: list[Found]
    abort: bool = False
    server: dict[str, Json] | None = None
    late_at: int | None = None
    """The event before which it is silent for too long, by the times that it is given here."""
    journal: bool = False


def out_of_order(case: Case) -> Wrong:
    wire = case.wire
    # Where unknown events may come, one comes that is known, and belongs elsewhere.
    passes = case.contract.unknown == "passed" and case.contract.kind_from is None
    wire.insert(case.place, wire[0] if passes else ("stranger", {"hello": "world"}))
    return Wrong(case.sent(wire), [("out_of_order", case.place)])


def event_after_end(case: Case) -> Wrong:
    wire = [*case.wire, ("stranger", {"hello": "world"})]
    return Wrong(case.sent(wire), [("event_after_end", len(wire) - 1)])


def second_end(case: Case) -> Wrong:
    wire = case.wire
    sent = numbered(case.contract, wire)
    kinds = [case.contract.kind_of(event, payload) for event, payload in sent]
    place = max(at for at, kind in enumerate(kinds) if kind is not None and kind.end)
    wire.insert(place + 1, wire[place])
    return Wrong(case.sent(wire), [("second_end", place + 1)])


def missing_end(case: Case) -> Wrong:
    wire = case.wire[: case.place + 1]
    return Wrong(case.sent(wire), [("missing_end", len(wire))], abort=True)


def lost_on_the_wire(case: Case) -> Wrong | None:
    """A frame is lost after it was numbered."""
    if not case.numbers:
        return None
    frames = case.sent(case.wire)
    del frames[case.place]
    return Wrong(frames, [("seq_gap", case.place)])


def doubled_on_the_wire(case: Case) -> Wrong | None:
    if not case.numbers:
        return None
    frames = case.sent(case.wire)
    frames.insert(case.place, frames[case.place])
    return Wrong(frames, [("seq_duplicate", case.place + 1)])


def swapped_on_the_wire(case: Case) -> Wrong | None:
    if not case.numbers:
        return None
    frames = case.sent(case.wire)
    first = min(case.place, case.opening + len(WORDS) - 2)
    frames[first], frames[first + 1] = frames[first + 1], frames[first]
    return Wrong(frames, [("seq_reordered", first + 1)])


def text_lost(case: Case) -> Wrong:
    frames = case.says([word for at, word in enumerate(WORDS) if at != case.at])
    last = case.at == len(WORDS) - 1
    return Wrong(frames, [("text_lost", len(frames) if last else case.place)])


def text_repeated(case: Case) -> Wrong:
    frames = case.says([*WORDS[: case.at + 1], *WORDS[case.at :]])
    return Wrong(frames, [("text_repeated", case.place + 1)])


def text_reordered(case: Case) -> Wrong:
    at, words = min(case.at, len(WORDS) - 2), list(WORDS)
    words[at], words[at + 1] = words[at + 1], words[at]
    return Wrong(case.says(words), [("text_reordered", case.opening + at)])


def text_altered(case: Case) -> Wrong:
    words = list(WORDS)
    words[case.at] = "wrong "
    return Wrong(case.says(words), [("text_altered", case.place)])


def accumulated_mismatch(case: Case) -> Wrong | None:
    fields = {kind.accumulated for kind in case.contract.kinds if kind.accumulated}
    for place, (event, payload) in reversed(list(enumerate(case.wire))):
        for path in fields:
            if isinstance(payload, dict) and payload.get(path) == "".join(WORDS):
                wire = case.wire
                wire[place] = (event, {**payload, path: "something else"})
                return Wrong(case.sent(wire), [("accumulated_mismatch", place)])
    return None


def id_changed(case: Case) -> Wrong | None:
    run = case.contract.run
    if run is None or "." in run:
        return None
    frames = case.sent(case.wire)
    place = case.place
    if not any(isinstance(f.payload, dict) and run in f.payload for f in frames[:place]):
        place += 1  # the first id is the one that the others must keep to
    payload = {**frames[place].payload, run: "another"}
    return Wrong(replaced(frames, place, payload=payload), [("id_changed", place)])


def malformed_frame(case: Case) -> Wrong:
    frames = replaced(case.sent(case.wire), case.place, raw='{"content": nonsense')
    return Wrong(frames, [("malformed_frame", case.place)])


def wrong_content_type(case: Case) -> Wrong | None:
    if case.contract.transport != "sse":
        return None
    return Wrong(
        case.sent(case.wire), [("wrong_content_type", 0)], server={"content_type": "text/plain"}
    )


def first_token_late(case: Case) -> Wrong:
    found = [("first_token_late", case.opening)]
    return Wrong(case.sent(case.wire), found, late_at=case.opening)


def stalled(case: Case) -> Wrong:
    place = max(case.place, case.opening + 1)
    return Wrong(case.sent(case.wire), [("stalled", place)], late_at=place)


def buffered(case: Case) -> Wrong:
    """Three texts were written a minute apart, by the journal, and kept until the third: no machine
    is ever halted for so long."""
    at = min(case.at, len(WORDS) - 3)
    frames = case.sent(case.wire)
    for step in range(3):
        held_s = 60.0 * (2 - step)
        wait_s = 0.4 if step == 0 else 0.0
        frames = replaced(frames, case.opening + at + step, held_s=held_s, wait_s=wait_s)
    after = case.opening + at + 3
    frames = replaced(frames, after, wait_s=0.1) if after < len(frames) else frames
    return Wrong(frames, [("buffered", case.opening + at)], journal=True)


def refused(case: Case) -> Wrong | None:
    if case.contract.transport != "sse":
        return None
    return Wrong([], [("refused", 0)], server={"refusal": 503})


def left_open(case: Case) -> Wrong | None:
    return keyed(case, keyed_faults.left_open(case.contract, case.wire), "left_open")


def field_wrong(case: Case) -> Wrong | None:
    fault = keyed_faults.field_wrong(case.contract, case.wire, case.place)
    return keyed(case, fault, "field_wrong")


def not_json(case: Case) -> Wrong | None:
    fault = keyed_faults.not_json(case.contract, case.wire, case.place)
    return keyed(case, fault, "not_json")


def counter_fell(case: Case) -> Wrong | None:
    fault = keyed_faults.counter_fell(case.contract, case.wire, case.place)
    return keyed(case, fault, "counter_fell")


def keyed(case: Case, fault: keyed_faults.Fault | None, kind: str) -> Wrong | None:
    return None if fault is None else Wrong(case.sent(fault[0]), [(kind, fault[1])])


def failed(case: Case) -> Wrong:
    wire = case.right(WORDS[: case.at + 1], "failed")
    place = next(index for index, (_, p) in enumerate(wire) if _is_failure(case.contract, _, p))
    return Wrong(case.sent(wire), [("failed", place)])


def _is_failure(contract: Contract, event: str, payload: Json) -> bool:
    kind = contract.kind_of(event, payload)
    return kind is not None and kind.end == "failed"


MUTATIONS: dict[str, Callable[[Case], Wrong | None]] = {
    "out_of_order": out_of_order,
    "event_after_end": event_after_end,
    "missing_end": missing_end,
    "second_end": second_end,
    "seq_gap": lost_on_the_wire,
    "seq_duplicate": doubled_on_the_wire,
    "seq_reordered": swapped_on_the_wire,
    "text_lost": text_lost,
    "text_repeated": text_repeated,
    "text_reordered": text_reordered,
    "text_altered": text_altered,
    "accumulated_mismatch": accumulated_mismatch,
    "id_changed": id_changed,
    "malformed_frame": malformed_frame,
    "wrong_content_type": wrong_content_type,
    "first_token_late": first_token_late,
    "stalled": stalled,
    "buffered": buffered,
    "refused": refused,
    "failed": failed,
    "left_open": left_open,
    "field_wrong": field_wrong,
    "not_json": not_json,
    "counter_fell": counter_fell,
}

SPOKEN = SPEAKERS | KEYED
each_contract = pytest.mark.parametrize("key", SPOKEN)


def echoed(contract: Contract, frames: Sequence[Frame], request: Json) -> list[Frame]:
    """The frames with the request's ids in place of the speaker's."""
    own = {RUN, THREAD}

    def answered(payload: Json) -> Json:
        if not isinstance(payload, dict):
            return payload
        paths = {path: pick(request, asked) for path, asked in contract.must_echo.items()}
        return payload | {path: due for path, due in paths.items() if payload.get(path) in own}

    return [replace(frame, payload=answered(frame.payload)) for frame in frames]


async def findings_of(
    contract: Contract, frames: list[Frame], wrong: Wrong | None = None
) -> tuple[AnswerResult, ...]:
    server = Faulty(contract, frames, WORDS, abort=bool(wrong and wrong.abort))
    if contract.must_echo:
        server.speak = partial(echoed, contract, frames)
    for name, value in (wrong.server or {} if wrong else {}).items():
        setattr(server, name, value)
    async with faulty(server):
        report = await check(
            CheckConfig(
                url=server.url,
                contract=contract,
                model="gpt-4o-mini",
                expect="".join(WORDS),
                mock_url=server.url if wrong and wrong.journal else None,
                order_only=not (wrong and wrong.journal),
                silence_s=5.0,
                linger_s=0.1,
            )
        )
    assert report.stopped_short is None
    return report.results


async def judged(case: Case, wrong: Wrong) -> list[Found]:
    (finding,) = await findings_of(case.contract, wrong.frames, wrong)
    if wrong.late_at is not None:
        finding = retimed(finding, case, wrong.late_at)
    return [(violation.kind, violation.index) for violation in finding.verdict.violations]


def retimed(finding: AnswerResult, case: Case, late_at: int) -> AnswerResult:
    """The same sight, had its events come 10 ms apart, and this one late: what came is the
    server's, when it came is the machine's."""
    sight = finding.observation
    timeline = tuple(
        replace(seen, since_ns=None, at_ns=10 * MS * place + (LATE_NS if place >= late_at else 0))
        for place, seen in enumerate(sight.timeline)
    )
    wanted = CheckConfig(
        url="",
        contract=case.contract,
        expect="".join(WORDS),
        max_ttft_ms=LIMIT_MS,
        max_gap_ms=LIMIT_MS,
        order_only=True,
    )
    return judge_answer(wanted, replace(sight, timeline=timeline, started_ns=0), None)


@each_contract
async def test_right_server_is_right(key: str) -> None:
    contract, speak = SPOKEN[key]
    case = Case(contract, speak, 0)
    (finding,) = await findings_of(contract, case.sent(case.wire))
    assert finding.verdict.violations == ()
    assert finding.verdict.outcome == "completed"


@each_contract
async def test_one_fault_is_named_at_its_place_and_nothing_else_is(
    key: str, subtests: pytest.Subtests
) -> None:
    contract, speak = SPOKEN[key]
    cases = {name: Case(contract, speak, at) for name, at in PLACES.items()}
    for mutation, wrong_at in MUTATIONS.items():
        wrongs = {name: wrong_at(case) for name, case in cases.items()}
        # In some ways a contract can't be wrong: which, says another test.
        possible = {name: wrong for name, wrong in wrongs.items() if wrong is not None}
        with subtests.test(mutation):
            found = await asyncio.gather(
                *(judged(cases[name], wrong) for name, wrong in possible.items())
            )
            due = {name: wrong.found for name, wrong in possible.items()}
            assert dict(zip(possible, found, strict=True)) == due


def test_every_violation_is_committed_here() -> None:
    assert set(MUTATIONS) == set(VIOLATION_KINDS)


@each_contract
def test_every_contract_can_be_wrong_in_almost_every_way(key: str) -> None:
    contract, speak = SPOKEN[key]
    impossible = {
        name for name, wrong in MUTATIONS.items() if wrong(Case(contract, speak, 4)) is None
    }
    assert impossible <= {
        "seq_gap",
        "seq_duplicate",
        "seq_reordered",
        "accumulated_mismatch",
        "id_changed",
        "wrong_content_type",
        "refused",
        "left_open",
        "field_wrong",
        "not_json",
        "counter_fell",
    }


async def test_resumed_stream_that_begins_again_is_named_where_it_did() -> None:
    for key in ("ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"):
        contract, speak = SPEAKERS[key]
        case = Case(contract, speak, 4)
        server = Faulty(contract, case.sent(case.wire), WORDS, resume_at=case.opening + 2)
        async with faulty(server):
            wanted = CheckConfig(
                url=server.url,
                contract=contract,
                expect="".join(WORDS),
                cut_at=(case.place,),
                away_s=0.0,
                linger_s=0.05,
            )
            right = await check(replace(wanted, expect=None, cut_at=()))
            assert right.results[0].right
            report = await check(wanted)
        (finding,) = report.results
        kinds = {violation.kind for violation in finding.verdict.violations}
        assert (kinds, finding.observation.cuts) == ({"seq_duplicate"}, (case.place,))
        assert finding.verdict.violations[0].index == case.place + 1


@pytest.mark.parametrize("key", ["ai-chat/sse", "ai-gateway/socketio"])
async def test_what_was_said_while_a_client_was_away_is_missed(key: str) -> None:
    """A stream that is resumed where it is by now looks whole to whoever comes back at once."""
    contract, speak = SPEAKERS[key]
    case = Case(contract, speak, 4)
    frames = [replace(frame, wait_s=0.005) for frame in case.sent(case.wire)]
    frames[-1] = replace(frames[-1], wait_s=1.0)  # a busy machine comes back before the end too
    async with faulty(Faulty(contract, frames, WORDS, resume_now=True)) as server:
        report = await check(
            CheckConfig(
                url=server.url,
                contract=contract,
                cut_at=(case.opening + 1,),
                away_s=0.03,
                linger_s=0.0,
            )
        )
    (finding,) = report.results
    kinds = {violation.kind for violation in finding.verdict.violations}
    assert kinds == {"seq_gap"}
    assert finding.verdict.violations[0].index == case.opening + 2


async def test_what_comes_of_anothers_answer_is_noticed_where_several_ask_at_once() -> None:
    contract, speak = SPEAKERS["ai-chat/sse"]
    case = Case(contract, speak, 0)
    frames = [replace(frame, wait_s=0.005) for frame in case.sent(case.wire)]
    right = Faulty(contract, frames, WORDS)
    async with faulty(right) as server:
        wanted = CheckConfig(
            url=server.url, contract=contract, expect="".join(WORDS), users=2, linger_s=0.0
        )
        assert (await check(wanted)).exit_code == 0
        assert len({head.splitlines()[0] for head in right.heads}) == 1, "both asked, none joined"
        right.crossed = iter(frames)
        report = await check(wanted)
    assert len(report.wrong) == 2


async def test_the_time_that_a_check_stays_away_is_not_the_answers() -> None:
    contract, speak = SPEAKERS["ai-chat/sse"]
    frames = framed(numbered(contract, speak(WORDS, "completed")))
    async with faulty(Faulty(contract, frames, WORDS)) as server:
        report = await check(
            CheckConfig(
                url=server.url,
                contract=contract,
                cut_at=(1, 2, 3, 4),
                away_s=0.5,
                longest_s=1.5,
                linger_s=0.0,
            )
        )
    assert (report.cuts, report.exit_code) == (4, 0)
