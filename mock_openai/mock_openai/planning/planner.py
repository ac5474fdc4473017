"""From a request to what is to be played. No clock, no sockets.

Plans are kept for requests that come again: the cache is bounded, the oldest goes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from mock_openai.catalog.match_counter import MatchCounter
from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.catalog.session_scenarios import SessionScenarios, View
from mock_openai.endpoints import Endpoint
from mock_openai.endpoints.model_list import known_model
from mock_openai.endpoints.openai_errors import model_not_found, previous_not_found
from mock_openai.errors import ApiError, nearest
from mock_openai.faults.apply import strike_all
from mock_openai.plan import sse
from mock_openai.plan.pacing import MS, Pace
from mock_openai.plan.plan import Frame, Frames, Plan
from mock_openai.plan.write_schedule import WriteSchedule, schedule_writes
from mock_openai.planning.seeding import chances
from mock_openai.request.json_depth import read_nested
from mock_openai.request.overrides import HEADER_NAMES, NO_OVERRIDES, Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.sessions import session_of
from mock_openai.scenarios.answer import Answer, compose, too_much
from mock_openai.scenarios.matching import Number, first_match
from mock_openai.scenarios.scenario import BUILT_IN, SILENT, Scenario
from mock_openai.scenarios.steps import Generate
from mock_openai.settings import Settings
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work

CACHED_PLANS = 256
LARGEST_CACHED_BODY = 65_536  # bytes
MOST_CACHED_FRAMES = 4_096
_GZIP = b"\x1f\x8b"
JSON_HEADERS = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class PlannedAnswer:
    """All that is known before the first byte."""

    request: ParsedRequest
    scenario: str
    why: str
    seed: int
    overrides: Overrides
    plan: Plan
    schedule: WriteSchedule
    script: Scenario

    @property
    def hold(self) -> int | None:
        """The content chunk before which the stream is held."""
        return self.script.hold if self.overrides.hold is None else self.overrides.hold

    @property
    def recipe(self) -> PlannedAnswer:
        """Without what is played: for those who keep it, and make that again."""
        return replace(self, plan=_NOTHING, schedule=_NO_WRITES)


_NOTHING = Plan(frames=())
_NO_WRITES = schedule_writes(_NOTHING)

Recall = Callable[[str], Sequence[dict[str, Any]]]
"""What was said up to the end of another answer, by its id; raises ApiError."""


def _nothing_before(name: str) -> Sequence[dict[str, Any]]:
    raise previous_not_found(name)


class Planner:
    """Finds the scenario that answers, and makes its plan."""

    def __init__(self, files: ScenarioFiles, settings: Settings) -> None:
        self.session_scenarios = SessionScenarios(files)
        self.match_counter = MatchCounter()
        self._settings = settings
        self._cached: dict[tuple[object, ...], PlannedAnswer] = {}

    def plan(
        self,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        body: bytes,
        recall: Recall = _nothing_before,
        streams: int = 1,
        *,
        counts: bool = True,
    ) -> PlannedAnswer:
        """Raises ApiError for a request that OpenAI would refuse, or that no scenario fits.

        `streams` are open with this one: a pace with a load grows with them. `counts`: the
        request is one of those by whose number some scenarios answer.
        """
        session = session_of(headers)
        view = self.session_scenarios.view(session)
        chosen = tuple(headers.get(name) for name in HEADER_NAMES)
        key = (endpoint.path, view.version, chosen, body)
        small = len(body) <= LARGEST_CACHED_BODY
        cached = self._cached.get(key) if small else None
        if cached is not None:
            return cached
        request, overrides = endpoint.read(parse_body(body), headers)
        if self._settings.strict_models and not known_model(request.model):
            raise model_not_found(request.model)
        if request.previous is not None and endpoint.continue_from is not None:
            request = endpoint.continue_from(request, recall(request.previous))
        number = self.match_counter.count if counts else self.match_counter.next

        def numbered(fits: Scenario, conversation: str) -> int:
            return number(session, fits.name, conversation)

        scenario, why = self._choose(view, endpoint, request, overrides, numbered)
        loaded = scenario.pace.load is not None
        if loaded:
            scenario = replace(scenario, pace=replace(scenario.pace, streams=streams))
        planned = self._make(endpoint, request, overrides, scenario, why)
        unsettled = overrides.scenario is None and view.unsettled
        lasting = request.previous is None and not loaded and not unsettled
        if lasting and small and len(planned.plan.frames) <= MOST_CACHED_FRAMES:
            while len(self._cached) >= CACHED_PLANS:
                del self._cached[next(iter(self._cached))]
            self._cached[key] = planned
        return planned

    def _choose(
        self,
        view: View,
        endpoint: Endpoint,
        request: ParsedRequest,
        overrides: Overrides,
        number: Number,
    ) -> tuple[Scenario, str]:
        if overrides.scenario is not None:
            scenario = view.named(overrides.scenario)
            if scenario is None:
                hint = nearest(overrides.scenario, view.names)
                message = f"There is no scenario '{overrides.scenario}'{hint}"
                raise ApiError(400, message, "scenario", "mock_directive")
            return scenario, "named by the request"
        match = first_match(view.scenarios, request, number)
        if match.scenario is not None:
            return match.scenario, match.why
        if not endpoint.scripted:
            return SILENT, match.why
        if self._settings.strict:
            raise ApiError(404, f"--strict: {match.why}", "messages", "mock_no_scenario")
        return BUILT_IN, match.why

    def _make(
        self,
        endpoint: Endpoint,
        request: ParsedRequest,
        overrides: Overrides,
        scenario: Scenario,
        why: str,
    ) -> PlannedAnswer:
        seed = self._settings.seed if overrides.seed is None else overrides.seed
        plan = make_plan(endpoint, request, scenario, overrides, seed)
        schedule = schedule_writes(
            plan, hold=scenario.hold if overrides.hold is None else overrides.hold
        )
        return PlannedAnswer(request, scenario.name, why, seed, overrides, plan, schedule, scenario)


def parse_body(body: bytes) -> dict[str, Any]:
    """Raises ApiError for what is no JSON object."""
    if body.startswith(_GZIP):
        message = "The body of your request is compressed with gzip: send it as it is."
        raise ApiError(400, message)
    try:
        parsed = read_nested(body)
    except orjson.JSONDecodeError as error:
        message = (
            "We could not parse the JSON body of your request. (HINT: This likely means you "
            "aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, "
            f"but what was sent was not valid JSON: {error}.)"
        )
        raise ApiError(400, message) from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "The JSON body of your request must be an object.")
    return parsed


def make_plan(
    endpoint: Endpoint, request: ParsedRequest, scenario: Scenario, overrides: Overrides, seed: int
) -> Plan:
    """The plan of a request; the same arguments give the same bytes and times anywhere."""
    if not endpoint.scripted:
        scenario = replace(scenario, steps=(), sequence=())
        overrides = replace(overrides, tokens=None)
    if scenario.recorded is not None and scenario.recorded.fits(request):
        plan = scenario.recorded.plan(pace_for(scenario.pace, overrides).speed)
    else:
        answer, pace = compose_answer(request, scenario, overrides, seed)
        plan = plan_frames(endpoint, request, answer, pace)
    faults = scenario.faults + overrides.faults
    if not faults:
        return plan
    try:
        with bounded_work():
            return strike_all(
                plan, faults, chances(seed, scenario.name, request.canonical)("faults")
            )
    except TooMuchWorkError as error:
        raise too_much(request, error) from error


def compose_answer(
    request: ParsedRequest, scenario: Scenario, overrides: Overrides, seed: int
) -> tuple[Answer, Pace]:
    """What is said, and the pace of it: before any wire format, and before faults."""
    pace = pace_for(scenario.pace, overrides)
    scenario = _with_tokens(scenario, overrides.tokens)
    return compose(request, scenario, pace, chances(seed, scenario.name, request.canonical)), pace


def answer_of(planned: PlannedAnswer) -> Answer:
    """What is said, made again."""
    return compose_answer(planned.request, planned.script, planned.overrides, planned.seed)[0]


def plan_frames(endpoint: Endpoint, request: ParsedRequest, answer: Answer, pace: Pace) -> Plan:
    """The plan before faults. An unstreamed body is due when its last token is."""
    frames: tuple[Frame, ...] | Frames
    if request.stream:
        made = endpoint.stream(request, answer)
        frames = made if isinstance(made, Frames) else tuple(made)
    else:
        body = endpoint.whole(request, answer)
        frames = (Frame(endpoint.due_ns(request, answer), body, "body"),)
    return Plan(
        frames=frames,
        headers=answer_headers(answer, streamed=request.stream),
        streamed=request.stream,
        frame_per_write=pace.frame_per_write,
        text=answer.choices[0].text,
        chunks=_chunks(answer),
    )


def _chunks(answer: Answer) -> tuple[str, ...]:
    """The content of choice 0, as it is cut."""
    _, choices, kinds, texts, _, _ = answer.timed_chunks.columns
    if len(answer.choices) == 1 and set(kinds) == {"content"}:
        return tuple(texts)
    rows = zip(choices, kinds, texts, strict=True)
    return tuple([text for choice, kind, text in rows if (choice, kind) == (0, "content")])


def answer_headers(answer: Answer, *, streamed: bool) -> tuple[tuple[str, str], ...]:
    """As OpenAI's own; what is random in them is seeded."""
    return (
        *(sse.HEADERS if streamed else JSON_HEADERS),
        ("x-request-id", f"req_{answer.request_id}"),
        ("openai-processing-ms", str(answer.first_ns // MS)),
        ("openai-version", "2020-10-01"),
        ("openai-organization", "mock"),
        *_RATE_LIMITS,
    )


_RATE_LIMITS = (
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999000"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "1ms"),
)


def pace_for(pace: Pace, overrides: Overrides) -> Pace:
    """The pace as the request wants it."""
    if overrides == NO_OVERRIDES:
        return pace
    return replace(
        pace,
        first_ns=pace.first_ns if overrides.first_ns is None else overrides.first_ns,
        between_ns=pace.between_ns if overrides.gap_ns is None else overrides.gap_ns,
        speed=pace.speed * (overrides.speed or 1.0),
    )


def _with_tokens(scenario: Scenario, tokens: int | None) -> Scenario:
    """`tokens=N` asks for generated text of that length, in the scenario's own style."""
    if tokens is None:
        return scenario
    styles = [step.style for step in scenario.steps if isinstance(step, Generate)]
    step = Generate(tokens, styles[0] if styles else "prose")
    return replace(scenario, steps=(step,), sequence=())
