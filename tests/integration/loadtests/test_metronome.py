"""The metronome, and what the load users see of it: every fault on every transport, each found."""

from collections.abc import Iterator
from itertools import product

import gevent
import pytest

from tests.integration.loadtests.planted import kinds_of, see
from tokentape_load.child_processes.servers import Stack, metronome
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.metronome.dialects_in_parts import DIALECTS_IN_PARTS
from tokentape_load.metronome.schedule import FAULTS, schedule_chunks
from tokentape_load.proofs.planted_faults import OF_PARTS, ON_THE_WIRE
from tokentape_load.workload.targets import chosen

MS = 1_000_000
OWN = [contract.key for contract in chosen(DIALECT)]
IN_PARTS = [contract.key for contract in chosen(",".join(DIALECTS_IN_PARTS))]
FAULTY = [fault.replace(":4s", ":2s") for fault in ON_THE_WIRE.values()]
OPEN = [*OF_PARTS.values()]
CASES = [
    *product([*OWN, *IN_PARTS], [None, *FAULTY]),
    *product(IN_PARTS, OPEN),
]


@pytest.fixture(scope="module")
def findings() -> Iterator[dict[tuple[str, str | None], AnswerResult]]:
    """All at once, on one server: what each contract shows of each fault."""
    with metronome() as server:
        looking = [
            gevent.spawn(see, Stack(server.url, server.url), contract, fault, number)
            for number, (contract, fault) in enumerate(CASES)
        ]
        gevent.joinall(looking, timeout=300, raise_error=True)
        yield {case: one.get() for case, one in zip(CASES, looking, strict=True)}


@pytest.mark.parametrize(("contract", "fault"), [case for case in CASES if case[1]])
def test_a_fault_on_the_wire_is_found_and_is_the_only_failure(
    findings: dict[tuple[str, str | None], AnswerResult], contract: str, fault: str
) -> None:
    """Of one that is a matter of time a busy machine may leave it undecided; never is it right.
    That it is found is shown by `make proofs PROOF="planted-faults holds-under-load"`."""
    finding = findings[contract, fault]
    kind = FAULTS[fault.partition("@")[0]][1]
    assert finding.planted
    assert kinds_of(finding, kind) == [kind], finding


@pytest.mark.parametrize("contract", [*OWN, *IN_PARTS])
def test_a_right_answer_is_right_and_every_piece_has_its_known_time(
    findings: dict[tuple[str, str | None], AnswerResult], contract: str
) -> None:
    finding = findings[contract, None]
    assert finding.failures == ()
    assert not finding.planted
    assert len(finding.added_ns) == 36
    assert len(finding.gaps_ns) == 35


def test_beats_are_at_the_times_that_were_asked_for() -> None:
    told = schedule_chunks("x (turn 1/2/3) [[mock: tokens=3 first=200ms gap=20ms]]")
    assert told.tag == "(turn 1/2/3)"
    assert [beat.due_ns // MS for beat in told.timed] == [200, 220, 240, 240]
    assert "(turn 1/2/3)" in told.chunks[0]
    assert told.harm is None


@pytest.mark.parametrize("word", ["tokens=0", "first=soon", "fault=melt@3", "speed=2"])
def test_a_directive_that_the_metronome_does_not_know_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="the metronome knows"):
        schedule_chunks(f"x [[mock: {word}]]")


def test_a_part_is_left_open_only_where_there_are_parts() -> None:
    asked = "x [[mock: tokens=9 fault=left-open@5]]"
    assert schedule_chunks(asked, in_parts=True).harm == "left_open"
    with pytest.raises(ValueError, match="have no parts"):
        schedule_chunks(asked)


def test_a_fault_past_the_end_does_no_harm_and_is_none() -> None:
    assert schedule_chunks("x [[mock: tokens=3 fault=swap@5]]").harm is None
