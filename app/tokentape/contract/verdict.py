"""What a contract says of a timeline. One judge for tests, load, e2e, check and UI.

Pure: the same timeline always gets the same verdict.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tokentape.contract.causes import causes
from tokentape.contract.channel_values import Pieces
from tokentape.contract.contract import Contract, Json, Outcome, pick
from tokentape.contract.error_fields import error_words, is_error
from tokentape.contract.growing_text import GrowingText
from tokentape.contract.integrity import Difference, compare_seqs, compare_text, snowballs
from tokentape.contract.keyed_rules import keyed_findings
from tokentape.contract.known_keys import keys_named, known_keys
from tokentape.contract.lateness import limits
from tokentape.contract.life_walks import NONE, Known
from tokentape.contract.order import OPENED, UNKNOWN, Misstep, Walk, due_words, follow
from tokentape.contract.run_split import RunPart, asked_for, between_runs, runs_of
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Latency, Malformed, Seen, latency_of
from tokentape.contract.violations import Violation, ViolationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be true of an answer besides its order. `None` is not judged."""

    text: str | None = None
    texts: Sequence[str] | None = None
    """That of each answer, by its number, where several were asked for that differ. Without it
    `text` is due in each."""
    outcome: Outcome | None = None
    first_seq: int = 0
    """The number of the first event due: more than 0 on a resumed stream."""
    stop_asked: bool = False
    """A stop was asked for: even a completed answer may lack its end."""
    hung_up: bool = False
    """The client itself closed the stream: no end is due."""
    max_first_token_ms: float | None = None
    max_gap_ms: float | None = None
    """Between two texts, and between the events from the last text to the end."""
    request: Json = None
    """The body of the request: what `must_echo` names of it comes back."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Right or wrong, with every breach, the text as it was put together and the figures."""

    contract: str
    outcome: Outcome | None
    code: str | None
    text: str
    latency: Latency
    violations: tuple[Violation, ...]
    undecided: tuple[Violation, ...] = ()
    """What may have been a breach: somebody was halted, and the message says who."""
    texts: tuple[str, ...] = ()
    """That of each answer, where there may be several; `text` is the first's."""
    has_content: bool = False
    """Whether anything was said: text, or a tool call, a refusal or another value in pieces."""

    @property
    def right(self) -> bool:
        """Whether surely no rule was broken."""
        return not self.violations and not self.undecided


NOTHING_EXPECTED = Expectation()


def judge(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation = NOTHING_EXPECTED,
    noticed: Sequence[Difference] = (),
    doubts: Sequence[Difference] = (),
) -> Verdict:
    """Hold a timeline, asked for at `started_ns` and now over, against its contract.

    `noticed` is what was found by other means than the timeline, such as a wrong content type, and
    `doubts` what could not be decided by them. Of a stream with several runs each is judged by
    itself; outcome, text and figures are those of the run that was asked for.
    """
    if not contract.restarts_on and contract.lane is None:
        return _judge_run(contract, timeline, started_ns, expectation, noticed, doubts)
    runs, session = runs_of(contract, timeline)
    if len(runs) == 1 and not session:
        return _judge_run(contract, timeline, started_ns, expectation, noticed, doubts)
    return _judge_runs(
        contract, timeline, started_ns, expectation, noticed, doubts, runs=runs, session=session
    )


def _judge_runs(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation,
    noticed: Sequence[Difference],
    doubts: Sequence[Difference],
    *,
    runs: Sequence[RunPart],
    session: Sequence[int],
) -> Verdict:
    asked = asked_for(contract, timeline, runs, expectation.request)
    violations: list[Violation] = []
    undecided: list[Violation] = []
    verdict: Verdict | None = None
    known = known_keys(contract, expectation.request)
    for run in runs:
        part = [timeline[place] for place in run.places]
        due = expectation if run is asked else NOTHING_EXPECTED
        one = _judge_run(contract, part, started_ns, due, (), (), known)
        verdict = one if run is asked else verdict
        known |= keys_named(contract, part)
        places = [*run.places, run.places[-1] + 1 if run.places else 0]
        violations += (replace(broken, index=places[broken.index]) for broken in one.violations)
        undecided += (replace(doubt, index=places[doubt.index]) for doubt in one.undecided)
    located = _locator(timeline, started_ns)
    violations += map(located, (*noticed, *between_runs(contract, timeline, session)))
    violations.sort(key=lambda one: one.index)
    undecided += map(located, doubts)
    verdict = verdict or _judge_run(contract, (), started_ns, expectation, (), ())
    return replace(verdict, violations=tuple(violations), undecided=tuple(undecided))


def _locator(timeline: Sequence[Seen], started_ns: int) -> Callable[[Difference], Violation]:
    def located(one: Difference) -> Violation:
        at_ns = timeline[one.index].at_ns if one.index < len(timeline) else None
        offset_ms = None if at_ns is None else (at_ns - started_ns) / 1e6
        return Violation(one.kind, one.index, offset_ms, one.message, one.about)

    return located


def _judge_run(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation,
    noticed: Sequence[Difference],
    doubts: Sequence[Difference],
    known: Known = NONE,
) -> Verdict:
    end = next((seen for seen in timeline if seen.end), None)
    latency = latency_of(timeline, started_ns)
    located = _locator(timeline, started_ns)
    first_ms, gap_ms = expectation.max_first_token_ms, expectation.max_gap_ms
    sure, unsure = limits(timeline, started_ns, first_ms, gap_ms)
    finding = _differences(contract, timeline, expectation, known)
    # Who looks sees that a stream was closed; whether it may be over there, the contract says.
    closed = finding.over and not expectation.hung_up
    noticed = [
        *(one for one in noticed if not (closed and one.kind == "missing_end" and not one.about)),
        *sure,
    ]
    found = causes([*noticed, *finding.differences], timeline)
    if strangers := of_another_run(timeline):
        # What only names another run is this answer's all the same; what explains more is told.
        own = [place for place in range(len(timeline)) if place not in strangers]
        mine = _differences(
            contract, [timeline[place] for place in own], expectation, known
        ).differences
        places = [*own, len(timeline)]
        apart = [
            *noticed,
            *(Difference("id_changed", place, words) for place, words in strangers.items()),
            *(replace(one, index=places[one.index]) for one in mine),
        ]
        found = min(found, causes(apart, timeline), key=_unexplained)
    found.sort(key=lambda difference: difference.index)
    texts = tuple("".join(piece for _, piece in pieces) for pieces in finding.answers)
    return Verdict(
        contract=contract.key,
        outcome=end.end if end else "completed" if finding.over else None,
        code=end.code if end else None,
        text=texts[0],
        texts=texts,
        has_content=finding.has_content or any(texts),
        latency=latency,
        violations=tuple(map(located, found)),
        undecided=tuple(map(located, (*doubts, *unsure))),
    )


@dataclass(frozen=True, slots=True)
class _Findings:
    """What is wrong with one run, and the pieces of its answers."""

    differences: list[Difference]
    answers: list[Pieces]
    over: bool
    """It stopped where it may, without an event that says so."""
    has_content: bool = False


def _differences(
    contract: Contract, timeline: Sequence[Seen], expectation: Expectation, known: Known
) -> _Findings:
    walk = follow(contract.order, (seen.kind or UNKNOWN for seen in timeline))
    end = next((seen for seen in timeline if seen.end), None)
    over = end is None and walk.state in contract.may_stop_in
    answers = [[(index, seen.text) for index, seen in enumerate(timeline) if seen.text]]
    keyed: list[Difference] = []
    has_content = False
    if contract.keyed:
        found = keyed_findings(contract, timeline, expectation.request, known, over=over)
        keyed, has_content, answers = found.differences, found.has_content, found.answers or answers
    changed = [*_steady(contract, timeline), *_tied(contract, timeline)]
    places = {one.index for one in changed}
    last = len(timeline) if walk.ended_at is None else walk.ended_at
    if end is not None and end.end == "failed":
        last = next(index for index, seen in enumerate(timeline) if seen is end)
    # An event with a wrong id belongs nowhere, nor does one behind the end: that is said once.
    keyed = [
        one
        for one in keyed
        if one.index <= last and (one.kind != "out_of_order" or one.index not in places)
    ]
    differences = [
        *keyed,
        *_order(contract, timeline, walk, ends=not expectation.hung_up),
        *compare_seqs([seen.seq for seen in timeline], expectation.first_seq),
        *_accumulated(contract, timeline),
        *changed,
        *_typed(contract, timeline),
        *_texts(answers, timeline, expectation, over=over),
        *_outcome(timeline, expectation, end),
    ]
    return _Findings(differences, answers, over, has_content)


def of_another_run(timeline: Sequence[Seen]) -> dict[int, str]:
    """Events that name another run than the first one does, before this one goes on: by their
    places, in words."""
    runs = [(place, seen.run) for place, seen in enumerate(timeline) if seen.run]
    own = runs[0][1] if runs else None
    last = max((place for place, run in runs if run == own), default=0)
    return {
        place: f"{_what(timeline[place])} of run {shown(run)} came amid run {shown(own)}"
        for place, run in runs
        if run != own and place < last
    }


def _unexplained(differences: Sequence[Difference]) -> int:
    return sum(one.kind != "id_changed" for one in differences)


def _what(event: Seen) -> str:
    return event.kind or event.event or "an unknown frame"


def _order(
    contract: Contract, timeline: Sequence[Seen], walk: Walk, *, ends: bool
) -> Iterator[Difference]:
    never = {kind.name: kind.never for kind in contract.kinds if kind.never is not None}
    yield from _never(timeline, never)
    ended = next((index for index, seen in enumerate(timeline) if seen.end), len(timeline))
    for misstep, more in _runs(timeline, walk.missteps):
        seen = timeline[misstep.index]
        if isinstance(seen.payload, Malformed):
            problem, about = seen.payload.problem, seen.payload.about
            yield Difference("malformed_frame", misstep.index, problem, about)
            continue
        name = _name(contract, seen)
        if name in never:
            continue  # said of each of them
        over = walk.ended_at is not None and misstep.index > walk.ended_at
        # Marks may be due behind an end, and no other end.
        over = (
            over
            or misstep.state in contract.may_stop_in
            or bool(seen.end and misstep.index > ended)
        )
        passed = contract.unknown == "passed" and seen.kind is None and not over
        if contract.kind_from is not None and passed:
            # An event that says of no kind that it is of it is no unknown one.
            type_name = pick(seen.payload, contract.kind_from)
            passed = isinstance(type_name, str) and type_name != ""
        if passed and not contract.nearly(seen.event, seen.payload):
            continue
        if over:
            again: ViolationKind = "second_end" if seen.end else "event_after_end"
            yield Difference(again, misstep.index, f"{name} came after the end")
            continue
        due = due_words(allowed(contract, misstep.allowed))
        message = f"{name} came where {due}"
        message += f", and so did {more} more" if more else ""
        # Who says that an answer is complete, and lacks what must come before, has no end.
        unfinished = seen.end == "completed" and misstep.state != OPENED
        yield Difference("missing_end" if unfinished else "out_of_order", misstep.index, message)
    if walk.ended_at is None and ends and walk.state not in contract.may_stop_in:
        yield Difference("missing_end", len(timeline), "the stream ended without a terminal event")


def _never(timeline: Sequence[Seen], never: Mapping[str, str]) -> Iterator[Difference]:
    """What may come nowhere, each kind once."""
    for name, why in never.items():
        places = [index for index, seen in enumerate(timeline) if seen.kind == name]
        if places:
            more = f" ({len(places)} times)" if len(places) > 1 else ""
            yield Difference("out_of_order", places[0], f"{name}{more}: {why}", about="never")


def allowed(contract: Contract, names: Sequence[str]) -> Sequence[str]:
    """What may come, in few words: of errors there are many forms."""
    kinds = {kind.name: kind for kind in contract.kinds}
    due = [name for name in names if name in kinds and kinds[name].never is None]
    failures = [name for name in due if kinds[name].end == "failed"]
    if len(failures) < _FORMS:
        return due
    return [*(name for name in due if name not in failures), "an error"]


_FORMS = 3
"""So many forms of an error are told as one."""


def _runs(timeline: Sequence[Seen], missteps: Sequence[Misstep]) -> Iterator[tuple[Misstep, int]]:
    """Missteps, of which those that follow each other and are alike count as one."""
    first: Misstep | None = None
    more = 0
    for misstep in missteps:
        if first is not None:
            alike = (first.kind, first.state) == (misstep.kind, misstep.state)
            known = not timeline[misstep.index].end and first.kind != UNKNOWN
            if alike and known and misstep.index == first.index + more + 1:
                more += 1
                continue
            yield first, more
        first, more = misstep, 0
    if first is not None:
        yield first, more


def _name(contract: Contract, event: Seen) -> str:
    if event.kind:
        return event.kind
    name = f"unknown event {shown(event.event)}" if event.event else "an unknown frame"
    if isinstance(event.payload, str) and event.payload.lstrip().startswith("{"):
        return f"{name} (a text that is JSON once more: it was serialised twice)"
    if is_error(event.payload) and (words := error_words(event.payload)[1]):
        return f"{name} (it says: {words})"
    nearly = contract.nearly(event.event, event.payload)
    return f"{name} ({nearly})" if nearly else name


def _accumulated(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    fields = {kind.name: kind.accumulated for kind in contract.kinds if kind.accumulated}
    due, said_before = GrowingText(), GrowingText()
    for index, seen in enumerate(timeline):
        if seen.text:
            due.add(seen.text)
            said_before.add(seen.text)
        path = fields.get(seen.kind or "")
        if path is None:
            continue
        said = pick(seen.payload, path)
        # After a disagreement, going on from either side of it is no second one.
        if not isinstance(said, str) or due.equals(said) or said_before.equals(said):
            continue
        yield Difference(
            "accumulated_mismatch",
            index,
            f"{path} has {len(said)} characters, the pieces so far make {due.size}",
        )
        said_before = GrowingText(said)


def _steady(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    paths = [*contract.steady, *([contract.run] if contract.run else [])]
    for path in paths:
        first: object = None
        for index, seen in enumerate(timeline):
            value = pick(seen.payload, path)
            if value is None or (contract.blank_ids and _is_blank(value)):
                continue
            if first is None:
                first = value
            elif value != first:
                words = f"{path} was {shown(first)}, now {shown(value)}"
                yield Difference("id_changed", index, words)
                break


def _is_blank(value: Json) -> bool:
    return value == "" or (value == 0 and not isinstance(value, bool))


def _typed(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    """Text that is no text: clients that append show something else, or nothing."""
    exact = {
        kind.name for kind in contract.kinds if contract.text_paths.get(kind.name) in kind.fields
    }
    for index, seen in enumerate(timeline):
        path = contract.text_paths.get(seen.kind or "")
        if path is None or seen.text is not None or seen.kind in exact:
            continue
        value = pick(seen.payload, path)
        if value is None or isinstance(value, str):
            continue
        what = {dict: "an object", list: "a list", bool: "true or false"}.get(
            type(value), "a number"
        )
        message = f"{path} is {what}, where text is due: who takes text alone loses it"
        yield Difference("malformed_frame", index, message, about="no text")
        return


def _tied(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    for path, other in contract.tied.items():
        known: dict[str, Json] = {}
        for index, seen in enumerate(timeline):
            key, value = pick(seen.payload, path), pick(seen.payload, other)
            if not isinstance(key, str) or value is None:
                continue
            before = known.setdefault(key, value)
            if value != before:
                where = f"where {path} is {shown(key)}"
                message = f"{other} was {shown(before)} {where}, now {shown(value)}"
                yield Difference("id_changed", index, message)
                break


def _texts(
    answers: Sequence[Pieces], timeline: Sequence[Seen], expectation: Expectation, *, over: bool
) -> Iterator[Difference]:
    # What was stopped, failed or cut may rightly lack its end; the missing end is said elsewhere.
    end = next((seen for seen in timeline if seen.end), None)
    completed = end.end == "completed" if end is not None else over
    whole = completed and not expectation.stop_asked
    for number, pieces in enumerate(answers):
        due = expectation.text
        if expectation.texts is not None:
            due = expectation.texts[number] if number < len(expectation.texts) else None
        found = _text(pieces, len(timeline), due, whole=whole)
        yield from found if len(answers) == 1 else map(partial(_behind, pieces), found)


def _behind(pieces: Pieces, one: Difference) -> Difference:
    """With the place of the piece before it."""
    before = bisect_left(pieces, (one.index, ""))
    return replace(one, behind=pieces[before - 1][0] if before else -1)


def _text(came: Pieces, events: int, due: str | None, *, whole: bool) -> Iterator[Difference]:
    places = [index for index, _ in came]
    pieces = [piece for _, piece in came]
    if due is None:
        if snowballs(pieces):
            message = "each piece repeats all text before it, where only what is new is due"
            yield Difference("text_repeated", places[1], message)
        return
    for difference in compare_text(due, pieces, whole=whole):
        index = places[difference.index] if difference.index < len(places) else events
        yield Difference(difference.kind, index, difference.message)


def _outcome(
    timeline: Sequence[Seen], expectation: Expectation, end: Seen | None
) -> Iterator[Difference]:
    if end is None or expectation.outcome in (None, end.end):
        return
    index = next(index for index, seen in enumerate(timeline) if seen is end)
    code = f" with code {end.code}" if end.code else ""
    told = f"the answer ended as {end.end}{code}, {expectation.outcome} was due"
    if end.end != "failed":
        yield Difference("out_of_order", index, told)
        return
    finish = pick(end.payload, "choices.0.finish_reason")
    if isinstance(finish, str) and finish == end.code:
        told += f": finish_reason {shown(finish)} is none of OpenAI's"
        told += " that say that an answer is whole"
    if message := error_words(end.payload)[1]:
        told += f". The server says: {message}"
    yield Difference("failed", index, told)
