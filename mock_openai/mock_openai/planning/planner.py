"""From a request to what is to be played. No clock, no sockets.

Plans are cached for requests that come again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mock_openai.catalog.match_counter import MatchCounter
from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.catalog.session_scenarios import SessionScenarios, View
from mock_openai.endpoints import Endpoint
from mock_openai.endpoints.model_list import known_model
from mock_openai.endpoints.openai_errors import previous_not_found, server_error
from mock_openai.errors import ApiError, NothingFitsError, nearest
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.planning.lenient_read import Reading, read_leniently
from mock_openai.planning.plan_builder import make_plan
from mock_openai.planning.plan_cache import PlanCache
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.spelling import AS_OPENAI, Spelling
from mock_openai.profiles import OPENAI, PROFILES, Profile
from mock_openai.request.json_body import parse_body
from mock_openai.request.overrides import HEADER_NAMES, MOST_TOKENS, Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.request_digest import RequestDigests
from mock_openai.request.sessions import session_of
from mock_openai.scenarios.matching import Number, first_match
from mock_openai.scenarios.scenario import BUILT_IN, SILENT, Scenario
from mock_openai.settings import Settings

LARGEST_CACHED_BODY = 65_536  # bytes
MOST_CACHED_FRAMES = 4_096


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
        self._cached = PlanCache()

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
        chosen = tuple(map(headers.get, HEADER_NAMES))
        key = (endpoint.path, view.version, chosen, body)
        small = len(body) <= LARGEST_CACHED_BODY
        cached = self._cached.get(key) if small else None
        if cached is not None:
            return cached
        reading = read_leniently(endpoint.read, parse_body(body), headers)
        request, overrides = self._accepted(reading, headers)
        models = self._settings.models or endpoint.provider.models
        if self._settings.strict_models and not known_model(request.model, models):
            raise endpoint.provider.unknown_model(request.model)
        request = self._continued(view, endpoint, request, recall)
        number = self.match_counter.count if counts else self.match_counter.next

        def numbered(name: str, conversation: str) -> int:
            return number(session, name, conversation)

        scenario, why = self._choose(view, endpoint, request, overrides, numbered)
        loaded = scenario.pace.load is not None
        if loaded:
            scenario = replace(scenario, pace=replace(scenario.pace, streams=streams))
        planned = self._make(endpoint, request, overrides, scenario, why, reading)
        unsettled = overrides.scenario is None and view.unsettled
        lasting = request.previous is None and not loaded and not unsettled
        if lasting and small and len(planned.plan.frames) <= MOST_CACHED_FRAMES:
            self._cached.put(key, planned, len(body))
        return planned

    def _continued(
        self, view: View, endpoint: Endpoint, request: ParsedRequest, recall: Recall
    ) -> ParsedRequest:
        """With what was said before. Of an answer that was recorded nothing is known but its id:
        who goes on from it is answered by a recording too, or by the real server. Raises
        ApiError."""
        if request.previous is None or endpoint.continue_from is None:
            return request
        try:
            before = recall(request.previous)
        except ApiError:
            if self._settings.record_missing is not None or _is_recorded(request, view):
                return request
            raise
        return endpoint.continue_from(request, before)

    def _accepted(
        self, reading: Reading, headers: Mapping[str, str]
    ) -> tuple[ParsedRequest, Overrides]:
        """Raises ApiError for a request that is wrong also without what is unknown in it: of the
        unknown first, where they are not taken."""
        if reading.request is not None and reading.later is None:
            return reading.request, reading.overrides
        name = headers.get("x-mock-profile", self._settings.profile)
        raise self._refused(reading, PROFILES.get(name, OPENAI)) or reading.later or server_error()

    def _refused(self, reading: Reading, profile: Profile) -> ApiError | None:
        if self._settings.unknown_parameters != "refuse":
            return None
        return next((one for one in reading.refusals if one.param not in profile.parameters), None)

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
        if self._settings.record_missing is not None:
            message = f"--record-missing: {match.why}"
            raise NothingFitsError(404, message, None, "mock_no_scenario")
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
        reading: Reading,
    ) -> PlannedAnswer:
        profile = PROFILES[overrides.profile or scenario.profile or self._settings.profile]
        if reading.refusals and (refused := self._refused(reading, profile)) is not None:
            raise refused
        ignored: tuple[str, ...] = ()
        spelling = AS_OPENAI
        if reading.unknown or profile is not OPENAI:
            ignored = tuple(name for name in reading.unknown if name not in profile.parameters)
            spelling = Spelling(profile, reading.unknown)
        if profile.lengths and overrides.tokens is None and request.limit is not None:
            overrides = _as_long_as_may_be(reading, request.limit, overrides)
        seed = self._settings.seed if overrides.seed is None else overrides.seed
        plan = make_plan(endpoint, request, scenario, overrides, seed, spelling)
        schedule = schedule_writes(
            plan, hold=scenario.hold if overrides.hold is None else overrides.hold
        )
        return PlannedAnswer(
            request,
            scenario.name,
            why,
            seed,
            overrides,
            plan,
            schedule,
            scenario,
            profile.name,
            ignored,
        )


def _is_recorded(request: ParsedRequest, view: View) -> bool:
    digests = RequestDigests(request)
    return any(
        one.when.request_digest == digests.digest(one.when.redacted)
        for one in view.scenarios
        if one.when.request_digest is not None
    )


def _as_long_as_may_be(reading: Reading, limit: int, overrides: Overrides) -> Overrides:
    """`ignore_eos`: the model speaks on up to the limit, where it is cut off."""
    if reading.unknown.get("ignore_eos") is not True:
        return overrides
    return replace(overrides, tokens=min(limit + 1, MOST_TOKENS))
