"""From a request and its scenario to a plan: the same arguments give the same bytes and times.

Pure.
"""

from dataclasses import replace

from mock_openai.endpoints import Endpoint
from mock_openai.endpoints.openai_provider import OPENAI
from mock_openai.endpoints.provider import Provider
from mock_openai.faults import Fault, Place
from mock_openai.faults.apply import strike_all
from mock_openai.faults.data_error import DataError
from mock_openai.faults.event_error import EventError
from mock_openai.faults.refuse import Refuse
from mock_openai.plan import sse
from mock_openai.plan.openai_wire import CHUNKS
from mock_openai.plan.pacing import Pace
from mock_openai.plan.plan import Frame, Frames, Plan
from mock_openai.planning.seeding import chances
from mock_openai.planning.spelling import AS_OPENAI, Spelling
from mock_openai.request.overrides import NO_OVERRIDES, Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, compose, too_much
from mock_openai.scenarios.scenario import Scenario
from mock_openai.scenarios.steps import Generate
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work

_END = Place("end")
JSON_HEADERS = (("content-type", "application/json"),)


def make_plan(
    endpoint: Endpoint,
    request: ParsedRequest,
    scenario: Scenario,
    overrides: Overrides,
    seed: int,
    spelling: Spelling = AS_OPENAI,
) -> Plan:
    """The plan of a request; the same arguments give the same bytes and times anywhere."""
    if not endpoint.scripted:
        scenario = replace(scenario, steps=(), sequence=())
        overrides = replace(overrides, tokens=None)
    failure: tuple[Fault, ...] = ()
    if scenario.recorded is not None and scenario.recorded.fits(request):
        plan = scenario.recorded.plan(pace_for(scenario.pace, overrides).speed, endpoint.wire)
    else:
        answer, pace = compose_answer(request, scenario, overrides, seed)
        plan = plan_frames(endpoint, request, answer, pace)
        plan = spelling.spelled(plan, endpoint.name, answer)
        if answer.failed:
            failure = _failure(endpoint, request)
    faults = failure + scenario.faults + overrides.faults
    if not faults:
        return plan
    try:
        with bounded_work():
            struck = strike_all(
                plan, faults, chances(seed, scenario.name, request.canonical)("faults")
            )
    except TooMuchWorkError as error:
        raise too_much(request, error) from error
    return spelling.refusal(struck) if endpoint.provider.profiles else struck


def _failure(endpoint: Endpoint, request: ParsedRequest) -> tuple[Fault, ...]:
    """What an answer that failed is where none can say so: an error in its place, or at its end."""
    if endpoint.may_fail or not endpoint.scripted:
        return ()
    if not request.stream:
        return (Refuse(Place("request"), 500),)
    return (DataError(_END) if endpoint.wire is CHUNKS else EventError(_END),)


def compose_answer(
    request: ParsedRequest, scenario: Scenario, overrides: Overrides, seed: int
) -> tuple[Answer, Pace]:
    """What is said, and the pace of it: before any wire format, and before faults."""
    pace = pace_for(scenario.pace, overrides)
    scenario = _with_tokens(scenario, overrides.tokens)
    return compose(request, scenario, pace, chances(seed, scenario.name, request.canonical)), pace


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
        headers=answer_headers(answer, endpoint.provider, streamed=request.stream),
        streamed=request.stream,
        frame_per_write=pace.frame_per_write,
        text=answer.choices[0].text,
        chunks=_chunks(answer),
        other_texts=tuple(choice.text for choice in answer.choices[1:]),
        wire=endpoint.wire,
    )


def _chunks(answer: Answer) -> tuple[str, ...]:
    """The content of choice 0, as it is cut."""
    _, choices, kinds, texts, _, _ = answer.timed_chunks.columns
    if len(answer.choices) == 1 and set(kinds) == {"content"}:
        return tuple(texts)
    rows = zip(choices, kinds, texts, strict=True)
    return tuple([text for choice, kind, text in rows if (choice, kind) == (0, "content")])


def answer_headers(
    answer: Answer, provider: Provider = OPENAI, *, streamed: bool
) -> tuple[tuple[str, str], ...]:
    """As the provider's own; what is random in them is seeded."""
    return (*(sse.HEADERS if streamed else JSON_HEADERS), *provider.answer_headers(answer))


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
