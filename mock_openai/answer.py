"""An answer: what a scenario makes of an ask, cut into timed beats; no wire format yet.

Pure: the same ask, scenario and chances give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count as count_from
from typing import NamedTuple

from mock_openai.ask import Ask
from mock_openai.chance import Chances, between, letters
from mock_openai.scenarios.parts import Kind, Part
from mock_openai.scenarios.scenario import Scenario
from mock_openai.timing import Pace, offsets_ns
from mock_openai.tokens import count, tokens

_BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"
_EPOCH_S = 1_760_000_000  # `created` lies in the 100 days after: no wall clock in what is sent
_EPOCH_SPAN_S = 8_640_000


class Beat(NamedTuple):
    """One chunk of one choice; `chunk` counts the content chunks of all choices from 0."""

    at_ns: int
    choice: int
    kind: Kind
    text: str
    chunk: int | None


class Choice(NamedTuple):
    """All that one choice says, and why it ends."""

    parts: tuple[Part, ...]
    finish: str

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if part.kind == "content")


@dataclass(frozen=True, slots=True)
class Answer:
    """`key` is the random part of the ids; times in ns from the start of the answer."""

    key: str
    request_id: str
    created: int
    fingerprint: str
    model: str
    choices: tuple[Choice, ...]
    beats: tuple[Beat, ...]
    prompt_tokens: int
    completion_tokens: int
    first_ns: int
    last_ns: int


def compose(ask: Ask, scenario: Scenario, pace: Pace, chances: Chances) -> Answer:
    prompt_tokens = count(ask.prompt)
    choices: list[Choice] = []
    beats: list[Beat] = []
    first_ns, last_ns = 0, 0
    for number in range(ask.choices):
        words = chances(f"text:{number}")
        parts = [p for step in scenario.steps_at(ask.turn) for p in step.perform(ask, words)]
        choice = _finished(parts, scenario.finish, ask)
        cut = [(part.kind, pace.cut(part.text)) for part in choice.parts]
        total = sum(len(pieces) for _, pieces in cut)
        dues = offsets_ns(pace, total, prompt_tokens, chances(f"pace:{number}"))
        beats.extend(_timed(number, cut, dues))
        first_ns = min(first_ns, dues[0]) if number else dues[0]
        last_ns = max(last_ns, dues[-1])
        choices.append(choice)
    if len(choices) > 1:
        beats = _interleaved(beats)
    ids = chances("id")
    return Answer(
        key=letters(ids, _BASE62, 29),
        request_id=letters(ids, _HEX, 32),
        created=_EPOCH_S + between(ids, 0, _EPOCH_SPAN_S),
        fingerprint="fp_" + letters(ids, _HEX, 10),
        model=ask.model,
        choices=tuple(choices),
        beats=tuple(beats),
        prompt_tokens=prompt_tokens,
        completion_tokens=sum(count(part.text) for one in choices for part in one.parts),
        first_ns=first_ns,
        last_ns=last_ns,
    )


def _timed(
    number: int, cut: Sequence[tuple[Kind, Sequence[str]]], dues: Sequence[int]
) -> list[Beat]:
    beats: list[Beat] = []
    chunk = 0
    for kind, pieces in cut:
        times = dues[len(beats) : len(beats) + len(pieces)]
        if kind == "content":
            numbered = zip(times, pieces, count_from(chunk), strict=False)
            beats += [Beat(at, number, kind, piece, n) for at, piece, n in numbered]
            chunk += len(pieces)
        else:
            beats += [
                Beat(at, number, kind, piece, None) for at, piece in zip(times, pieces, strict=True)
            ]
    return beats


def _interleaved(beats: Sequence[Beat]) -> list[Beat]:
    """All choices by time, their content chunks numbered through."""
    numbers = count_from(0)
    return [
        beat if beat.chunk is None else beat._replace(chunk=next(numbers))
        for beat in sorted(beats, key=lambda beat: beat[:2])
    ]


def _finished(parts: Sequence[Part], finish: str, ask: Ask) -> Choice:
    """Ends the parts at the first stop sequence and at the token limit."""
    said: list[Part] = []
    left = ask.limit
    for part in parts:
        text, stopped = _stopped(part.text, ask.stop) if part.kind == "content" else (part.text, 0)
        if left is not None:
            pieces = tokens(text)
            if len(pieces) > left:
                said.append(part._replace(text="".join(pieces[:left])))
                return Choice(tuple(said), "length")
            left -= len(pieces)
        said.append(part._replace(text=text))
        if stopped:
            return Choice(tuple(said), "stop")
    return Choice(tuple(said), finish)


def _stopped(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    found = [at for stop in stops if stop and (at := text.find(stop)) >= 0]
    return (text[: min(found)], True) if found else (text, False)
