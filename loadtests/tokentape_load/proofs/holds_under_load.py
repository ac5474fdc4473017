"""Holds under load: of streams that are kept back for a moment, beside two busy loops on the cores,
each is found or undecided and none is called right; of right ones none is called kept back."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import gevent

from tokentape.child_processes.guard import running
from tokentape.client.turn import Turn
from tokentape_load.child_processes.servers import Server, metronome
from tokentape_load.judging.answer_result import COMPLETED, AnswerResult, judge_answer
from tokentape_load.judging.mock_journal import Journal
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.viewers.factory import open_viewer
from tokentape_load.workload.prompts import Wording, question
from tokentape_load.workload.targets import LOADABLE

ROUNDS, STREAMS = 10, 4
"""So often, so many streams of each kind on each transport at once."""

_TRANSPORTS = ("sse", "socketio", "websocket")
_RIGHT, _BUFFERED = "", "buffer@20"
_DIRECTIVE = "tokens=36 first=100ms gap=20ms"
"""Of 20 chunks, written over 380 ms, the first 20 come together."""

_SECONDS = 60.0


def prove(rounds: int = ROUNDS, streams: int = STREAMS) -> Evidence:
    """By the reader's own evidence, with nobody beside a stream to tell of it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    with metronome() as server, busy_loops():
        for number in range(rounds):
            for transport, fault, result in _round(server, number, streams):
                counts[transport, fault, _word(result)] += 1
    for transport in _TRANSPORTS:
        for fault, never in ((_BUFFERED, "right"), (_RIGHT, "buffered")):
            words = {word: n for (t, f, word), n in counts.items() if (t, f) == (transport, fault)}
            counted = ", ".join(f"{n} {word}" for word, n in sorted(words.items()))
            what = "kept back for 380 ms" if fault else "right"
            yield Shown(
                f"{transport}: {rounds * streams} streams that were {what}: {counted}",
                right=sum(words.values()) == rounds * streams and not words.get(never),
                limit=f"none {never}",
            )


@contextmanager
def busy_loops() -> Iterator[None]:
    """Two, at the same priority as everybody, each in a session of its own."""
    busy = [sys.executable, "-c", "while True: pass"]
    with running(busy), running(busy):
        yield


def _round(server: Server, number: int, streams: int) -> Iterator[tuple[str, str, AnswerResult]]:
    cases = list(product(_TRANSPORTS, (_RIGHT, _BUFFERED), range(streams)))
    looking = [
        gevent.spawn(_view, server, transport, fault, len(cases) * number + place)
        for place, (transport, fault, _) in enumerate(cases)
    ]
    gevent.joinall(looking, timeout=_SECONDS)
    for (transport, fault, _), one in zip(cases, looking, strict=True):
        if isinstance(one.value, AnswerResult):
            yield transport, fault, one.value


def _view(server: Server, transport: str, fault: str, user: int) -> AnswerResult:
    contract = LOADABLE[f"{DIALECT}/{transport}"]
    faults = (fault,) if fault else ()
    wording = Wording(directive=_DIRECTIVE, faults=faults, fault_every=1, seed=os.getpid())
    asked = question(wording, user=user, turn=0)
    viewer, journal = open_viewer(server.url, contract, silence_s=30.0), Journal(server.url)
    try:
        view = viewer.view_answer(Turn(message=asked.message))
        return judge_answer(
            contract, asked, view, journal.report_on(asked.tag), expectation=COMPLETED
        )
    finally:
        viewer.close()
        journal.close()


def _word(result: AnswerResult) -> str:
    kinds = {failure.kind for failure in result.failures}
    if kinds:
        return "buffered" if kinds == {"buffered"} else f"wrong ({', '.join(sorted(kinds))})"
    return "undecided" if result.undecided else "right"
