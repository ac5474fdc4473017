"""What a scenario makes of a request, cut into timed chunks; no wire format yet.

Pure: the same request, scenario and chances give the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from typing import ClassVar, NamedTuple

from mock_openai.errors import ApiError
from mock_openai.plan.columns import Rows
from mock_openai.plan.pacing import Pace, offsets_ns
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.parts import Kind, Part
from mock_openai.scenarios.scenario import FAILED, Scenario
from mock_openai.text.logprobs import TokenLogprobs, likelihoods
from mock_openai.text.random_source import RandomSource, RandomSources, between, hexes, letters
from mock_openai.text.tokenizer import count, tokens
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work, spend

_BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_EPOCH_S = 1_760_000_000  # `created` lies in the 100 days after: no wall clock in what is sent
_EPOCH_SPAN_S = 8_640_000


MOST_CHUNKS = 200_000  # of one answer, over all its choices
MOST_LIKELY = 50_000  # likelihoods of one answer; a token takes as long as three of them
LONGEST_NS = 366 * 24 * 3600 * 10**9  # from the start of an answer to its end
_A_PART = 4  # steps of work, beside those for its characters
LONGEST_ANSWER = 2_000_000  # characters of one choice
LONGEST_PROMPT = 4_000_000  # characters: about the million tokens that the largest models take


class TimedChunk(NamedTuple):
    """One chunk of one choice; `chunk` counts the content chunks of all choices from 0,
    `part` is the one of the choice's parts that it is a piece of."""

    at_ns: int
    choice: int
    kind: Kind
    text: str
    chunk: int | None
    part: int


class TimedChunks(Rows[TimedChunk]):
    """Many timed chunks, by columns."""

    __slots__ = ()
    row: ClassVar[type[TimedChunk]] = TimedChunk


class Choice(NamedTuple):
    """All that one choice says, and why it ends; `stop` is the stop sequence that has ended it."""

    parts: tuple[Part, ...]
    finish: str
    stop: str | None = None

    @property
    def text(self) -> str:
        """The content: what is neither thought, refused nor called."""
        return self.text_of("content")

    def text_of(self, kind: Kind) -> str:
        """All that it says of that kind, joined."""
        return "".join(part.text for part in self.parts if part.kind == kind)


@dataclass(frozen=True, slots=True)
class Answer:
    """`key` is the random part of the ids; times in ns from the start of the answer.

    `likely` has the likelihoods of each timed chunk's tokens, or nothing where none are wanted.
    """

    key: str
    request_id: str
    created: int
    fingerprint: str
    model: str
    choices: tuple[Choice, ...]
    timed_chunks: TimedChunks
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    first_ns: int
    last_ns: int
    likely: tuple[tuple[TokenLogprobs, ...], ...] = ()
    cached_tokens: int = 0
    """Of those of the prompt."""
    prompts_likely: tuple[tuple[TokenLogprobs, ...], ...] = ()
    """The likelihoods of each prompt that is said again; of its first token there is none."""

    @property
    def failed(self) -> bool:
        """Whether a choice came to no end: a limit or a stop sequence that came first is one."""
        return any(choice.finish == FAILED for choice in self.choices)


def compose(
    request: ParsedRequest, scenario: Scenario, pace: Pace, chances: RandomSources
) -> Answer:
    """What is said and when: the same arguments give the same answer. Raises ApiError."""
    try:
        with bounded_work():
            return _composed(request, scenario, pace, chances)
    except TooMuchWorkError as error:
        raise too_much(request, error) from error


def too_much(request: ParsedRequest, error: TooMuchWorkError) -> ApiError:
    """The refusal of an answer that takes too much work."""
    param = "n" if request.choices > 1 else request.text_param
    return ApiError(400, f"The answer is too much: {error}.", param, "mock_too_long")


def _composed(
    request: ParsedRequest, scenario: Scenario, pace: Pace, chances: RandomSources
) -> Answer:
    if len(request.prompt) > LONGEST_PROMPT:
        message = "This model's maximum context length is 1000000 tokens: your input has more."
        raise ApiError(400, message, request.text_param, "context_length_exceeded")
    prompt_tokens = count(request.prompt) + request.extra_tokens
    choices: list[Choice] = []
    played: list[TimedChunks] = []
    chunks = 0
    first_ns, last_ns = 0, 0
    for number in range(request.choices):
        words = chances(f"text:{number}")
        parts = list(_performed(request, scenario, words))
        # What looks at them looks at each character, once a token and once a stop sequence.
        spend(sum(_A_PART + len(part.text) * (2 + len(request.stop)) // 8 for part in parts))
        choice = _finished(parts, scenario.finish, request)
        if any(part.kind == "tool" for part in choice.parts):
            choice = _called(choice, request, chances(f"calls:{number}"))
        if sum(len(part.text) for part in choice.parts) > LONGEST_ANSWER:
            raise _too_long(request)
        # A call without arguments is a chunk all the same: somebody must hear of it.
        cut = [
            (part.kind, pace.cut(part.text) or ([""] if part.kind == "tool" else []))
            for part in choice.parts
        ]
        total = sum(len(pieces) for _, pieces in cut)
        chunks += total
        if chunks > MOST_CHUNKS:
            raise _too_long(request)
        dues = offsets_ns(pace, total, prompt_tokens, chances(f"pace:{number}"))
        played.append(_timed(number, cut, dues))
        if dues[-1] > LONGEST_NS:
            message = "The answer would take more than a year: choose shorter times."
            raise ApiError(400, message, request.text_param, "mock_too_long")
        first_ns = min(first_ns, dues[0]) if number else dues[0]
        last_ns = max(last_ns, dues[-1])
        choices.append(choice)
    timed_chunks = played[0] if len(played) == 1 else _interleaved(played, chances("order"))
    ids = chances("id")
    completion_tokens = sum(count(part.text) for one in choices for part in one.parts)
    if request.logprobs is not None and completion_tokens * (request.logprobs + 3) > MOST_LIKELY:
        message = f"So long an answer has more than {MOST_LIKELY:,} log probabilities to tell."
        raise ApiError(
            400, message, "top_logprobs" if request.logprobs else "logprobs", "mock_too_long"
        )
    usage = scenario.usage
    likely_prompts = _likely_prompts(request)
    prompt_tokens = _or(usage.prompt_tokens, prompt_tokens)
    completion_tokens = _or(usage.completion_tokens, completion_tokens)
    reasoning_tokens = sum(count(one.text_of("reasoning")) for one in choices)
    return Answer(
        key=_key(ids),
        request_id=hexes(ids, 32),
        created=created_by(ids),
        fingerprint="fp_" + hexes(ids, 10),
        model=request.model,
        choices=tuple(choices),
        timed_chunks=timed_chunks,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        reasoning_tokens=min(_or(usage.reasoning_tokens, reasoning_tokens), completion_tokens),
        cached_tokens=min(usage.cached_tokens or 0, prompt_tokens),
        first_ns=first_ns,
        last_ns=last_ns,
        likely=()
        if request.logprobs is None
        else _likely(timed_chunks, request.logprobs, chances("likely")),
        prompts_likely=tuple(
            likelihoods(text, request.logprobs or 0, chances(f"prompt:{number}"))
            for number, text in enumerate(likely_prompts)
        ),
    )


def _likely_prompts(request: ParsedRequest) -> tuple[str, ...]:
    """The prompts that are said again with their likelihoods. Each choice says its prompt again,
    so that what is made is bounded over all of them. Raises ApiError."""
    prompts = request.said_again
    if not prompts:
        return ()
    times = request.choices // len(prompts)
    if sum(map(len, prompts)) * times > LONGEST_PROMPT:
        message = f"The choices would say more than {LONGEST_PROMPT:,} characters of prompts again."
        raise ApiError(400, message, "n", "mock_too_long")
    if request.logprobs is None:
        return ()
    if sum(map(count, prompts)) * times * (request.logprobs + 3) > MOST_LIKELY:
        message = f"So long a prompt has more than {MOST_LIKELY:,} log probabilities to tell."
        raise ApiError(400, message, "logprobs", "mock_too_long")
    return prompts


def _or(scripted: int | None, counted: int) -> int:
    return counted if scripted is None else scripted


def _performed(request: ParsedRequest, scenario: Scenario, words: RandomSource) -> Iterator[Part]:
    """A step that can't be performed is told with its place: its author has to find it."""
    for number, step in enumerate(scenario.steps_at(request.turn)):
        try:
            yield from step.perform(request, words)
        except ApiError as error:
            if error.code in ("mock_template", "mock_no_tool"):
                error.message = f"Scenario '{scenario.name}', step {number}: {error.message}"
            raise


def _too_long(request: ParsedRequest) -> ApiError:
    message = (
        f"The answer would have more than {MOST_CHUNKS} chunks, or {LONGEST_ANSWER} characters."
    )
    return ApiError(
        400, message, "n" if request.choices > 1 else request.text_param, "mock_too_long"
    )


def key_of(chances: RandomSources) -> str:
    """The key that `compose` gives, without composing."""
    return _key(chances("id"))


def created_by(ids: RandomSource) -> int:
    """Seconds of the Unix epoch, from no clock."""
    return _EPOCH_S + between(ids, 0, _EPOCH_SPAN_S)


def _key(ids: RandomSource) -> str:
    return letters(ids, _BASE62, 29)


def _likely(
    timed_chunks: Sequence[TimedChunk], alternatives: int, chance: RandomSource
) -> tuple[tuple[TokenLogprobs, ...], ...]:
    kinds = ("content", "refusal")
    return tuple(
        likelihoods(timed.text, alternatives, chance) if timed.kind in kinds else ()
        for timed in timed_chunks
    )


def _timed(
    number: int, cut: Sequence[tuple[Kind, Sequence[str]]], dues: Sequence[int]
) -> TimedChunks:
    """The timed chunks of one choice; its content chunks are numbered from 0."""
    kinds: list[Kind] = []
    texts: list[str] = []
    chunks: list[int | None] = []
    parts: list[int] = []
    content = 0
    for part, (kind, pieces) in enumerate(cut):
        many = len(pieces)
        texts += pieces
        kinds += [kind] * many
        parts += [part] * many
        if kind == "content":
            chunks += range(content, content + many)
            content += many
        else:
            chunks += [None] * many
    return TimedChunks(dues[: len(texts)], [number] * len(texts), kinds, texts, chunks, parts)


def _interleaved(played: Sequence[TimedChunks], chance: RandomSource) -> TimedChunks:
    """All choices by time, those of one instant in turns; content chunks numbered through."""
    turns = [
        (timed.at_ns, position + chance.random(), timed)
        for timed_chunks in played
        for position, timed in enumerate(timed_chunks)
    ]
    at_ns, choices, kinds, texts, chunks, parts = TimedChunks.of(
        timed for _, _, timed in sorted(turns)
    ).columns
    numbers = count_from(0)
    chunks = [None if chunk is None else next(numbers) for chunk in chunks]
    return TimedChunks(at_ns, choices, kinds, texts, chunks, parts)


def _called(choice: Choice, request: ParsedRequest, ids: RandomSource) -> Choice:
    """With ids for the tool calls; only the first call where they may not be parallel."""
    parts: list[Part] = []
    called = False
    for part in choice.parts:
        if part.kind == "tool":
            if called and not request.parallel:
                continue
            called = True
            part = part._replace(key=letters(ids, _BASE62, 24))
        parts.append(part)
    finish = "tool_calls" if choice.finish == "stop" else choice.finish
    return Choice(tuple(parts), finish, choice.stop)


def _finished(parts: Sequence[Part], finish: str, request: ParsedRequest) -> Choice:
    """Ends the parts at the first stop sequence and at the token limit."""
    parts_out: list[Part] = []
    left = request.limit
    until, stop = _stop_at(parts, request.stop) if request.stop else (None, None)
    for part in parts:
        text = part.text
        stopped = part.kind == "content" and until is not None and len(text) >= until
        if part.kind == "content" and until is not None:
            text = text[:until]
            until -= len(text)
        if left is not None:
            pieces = tokens(text)
            if len(pieces) > left:
                parts_out.append(part._replace(text="".join(pieces[:left])))
                return Choice(tuple(parts_out), "length")
            left -= len(pieces)
        parts_out.append(part if text is part.text else part._replace(text=text))
        if stopped:
            return Choice(tuple(parts_out), "stop", stop)
    return Choice(tuple(parts_out), finish)


def _stop_at(parts: Sequence[Part], stops: Sequence[str]) -> tuple[int | None, str | None]:
    """Where in all of the content the first stop sequence begins, in characters; and which."""
    content = "".join(part.text for part in parts if part.kind == "content")
    places = [(at, stop) for stop in stops if stop and (at := content.find(stop)) >= 0]
    return min(places, key=lambda place: place[0], default=(None, None))
