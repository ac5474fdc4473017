"""Scenarios that were put over HTTP, by session, before those of the files,
the newest first.

What is put in a session is seen only there; what is put in none is seen by all. Bounded: the
session that was used least recently goes first.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.errors import ApiError
from mock_openai.scenarios.scenario import Scenario

MOST_SESSIONS = 1_000
MOST_SCENARIOS = 1_000
MOST_CHARACTERS = 32_000_000  # of all texts
EVERYBODY = ""


@dataclass(slots=True)
class _Put:
    version: int = 0
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    characters: int = 0

    def add(self, scenario: Scenario) -> None:
        self.drop(scenario.name)
        self.scenarios = {scenario.name: scenario, **self.scenarios}
        self.characters += len(scenario.text)

    def drop(self, name: str) -> None:
        old = self.scenarios.pop(name, None)
        self.characters -= len(old.text) if old is not None else 0


@dataclass(frozen=True, slots=True)
class View:
    """What one session sees; `version` differs whenever that may differ. `unsettled`: the same
    body may be answered otherwise another time."""

    scenarios: Sequence[Scenario]
    names: Sequence[str]
    version: tuple[object, ...]
    unsettled: bool
    _own: Sequence[dict[str, Scenario]]
    _files: ScenarioFiles

    def named(self, name: str) -> Scenario | None:
        """None where there is none of that name."""
        for own in self._own:
            if name in own:
                return own[name]
        return self._files.named(name)


class SessionScenarios:
    """`view` is cheap as long as nothing changes."""

    def __init__(self, files: ScenarioFiles) -> None:
        self._files = files
        self._sessions: OrderedDict[str, _Put] = OrderedDict()
        self._changes = 0
        self._views: dict[str, View] = {}

    def view(self, session: str) -> View:
        """What a session sees: its own scenarios, those for everybody, the files'."""
        key = session if session in self._sessions else EVERYBODY
        view = self._views.get(key)
        if view is None or view.version[0] != self._files.version:
            view = self._views[key] = self._make(key)
        return view

    def _make(self, key: str) -> View:
        names = (key,) if key == EVERYBODY else (key, EVERYBODY)
        puts = [self._sessions[name] for name in names if name in self._sessions]
        own = [put.scenarios for put in puts]
        put = [one for mapping in own for one in mapping.values()]
        scenarios = (*put, *self._files.scenarios)
        return View(
            scenarios=scenarios,
            names=tuple(dict.fromkeys([*(s.name for s in put), *self._files.names])),
            version=(self._files.version, key, *(one.version for one in puts)),
            unsettled=any(one.unsettled for one in scenarios),
            _own=own,
            _files=self._files,
        )

    def put(self, session: str, scenario: Scenario) -> None:
        """A scenario of the same name, put before, is replaced."""
        put = self._sessions.setdefault(session, _Put())
        self._sessions.move_to_end(session)
        if scenario.name not in put.scenarios and len(put.scenarios) >= MOST_SCENARIOS:
            raise ApiError(400, f"A session holds at most {MOST_SCENARIOS} scenarios.", "name")
        old = put.scenarios.get(scenario.name)
        without = put.characters - (len(old.text) if old is not None else 0)
        if without + len(scenario.text) > MOST_CHARACTERS:
            message = f"A session holds at most {MOST_CHARACTERS} characters of scenarios."
            raise ApiError(400, message, "scenario")
        put.add(scenario)
        self._changed(put)
        others = [name for name in self._sessions if name not in (EVERYBODY, session)]
        while others and (
            len(self._sessions) > MOST_SESSIONS or self._characters() > MOST_CHARACTERS
        ):
            del self._sessions[others.pop(0)]

    def _characters(self) -> int:
        return sum(put.characters for put in self._sessions.values())

    def delete(self, session: str, name: str) -> bool:
        """False when no such scenario was put."""
        put = self._sessions.get(session)
        if put is None or name not in put.scenarios:
            return False
        put.drop(name)
        self._changed(put)
        if not put.scenarios:
            del self._sessions[session]
        return True

    def clear(self, session: str | None) -> None:
        """Forgets what was put, by all or in one session."""
        for name in [name for name in self._sessions if session in (None, name)]:
            del self._sessions[name]
        self._views.clear()

    def _changed(self, put: _Put) -> None:
        self._changes += 1  # counted over all, so that no version ever comes again
        put.version = self._changes
        self._views.clear()
