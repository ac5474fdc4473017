"""The pytest plugin: a mock for the whole run, and for each test a session of it.

def test_it(mock_openai):
    mock_openai.say("Hello!")
    assert my_app() == "Hello!"  # it finds OPENAI_BASE_URL and OPENAI_API_KEY

pytest loads this module in every run of whoever has the package: what only a test that asks for the
mock needs is imported by then.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pytest

_STRICT = "only-what-is-scripted"
_MARKER = (
    "mock_openai(strict=False): strict refuses what no scenario of the test fits with 404, and "
    "fails the test"
)


@dataclass(frozen=True)
class Verified:
    """True or false, and when false what there was instead."""

    ok: bool
    count: int
    conditions: dict[str, Any]
    prompts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        conditions = ", ".join(f"{name}={value!r}" for name, value in self.conditions.items())
        return f"<{self.count} requests fit {conditions}; {_prompts_text(self.prompts)}>"


def _prompts_text(texts: Sequence[str]) -> str:
    if not texts:
        return "nothing was asked"
    return "asked was " + ", ".join(repr(text[:100]) for text in texts[-5:])


class MockOpenAI:
    """One test's view of the mock. Each `say` is a scenario; the newest one that fits answers."""

    def __init__(self, root: str, session: str) -> None:
        self.root = root
        self.session = session
        self.headers = {"X-Mock-Session": session}
        self._scenario: dict[str, Any] = {}
        self._count = 0

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL is."""
        return f"{self.root}/v1"

    @property
    def api_key(self) -> str:
        """What OPENAI_API_KEY is: it names the session, so that no header is needed."""
        return f"mock-session-{self.session}"

    def say(self, text: str, *, when: dict[str, Any] | None = None, **pace: Any) -> Self:
        """Answer with `text` at once, or at a pace (`first_token_ms`, `between_tokens_ms`, …)."""
        self._count += 1
        pace = {"first_token_ms": 0, "between_tokens_ms": 0, **pace}
        steps = [{"say": text}]
        return self._put(name=f"say-{self._count}", when=when or {}, pace=pace, steps=steps)

    def scenario(self, **keys: Any) -> Self:
        """A scenario as in a file: `steps`, `pace`, `when`, `faults` and so on."""
        self._count += 1
        return self._put(**{"name": f"say-{self._count}", **keys})

    def fault(self, *faults: str) -> Self:
        """What goes wrong with the answer that was said last: `cut@12`, `stall@3:2s`."""
        scenario = self._last()
        return self._put(**{**scenario, "faults": [*scenario.get("faults", []), *faults]})

    def hold_at(self, chunk: int) -> Self:
        """Hold the answer before this chunk, until `step` or `release`."""
        return self._put(**{**self._last(), "hold_at": chunk})

    def held(self, timeout: float = 10) -> dict[str, Any]:
        """Wait until the newest stream is held; its journal entry."""
        return self._wait("held", timeout)

    def drained(self, timeout: float = 10) -> dict[str, Any]:
        """Wait until the newest stream is over; its journal entry."""
        return self._wait("drained", timeout)

    def step(self, frames: int = 1) -> None:
        """Lets so many frames through the newest stream's gate."""
        self._call("POST", f"/streams/{self._newest()}/step?n={frames}")

    def release(self) -> None:
        """Opens the newest stream's gate for good."""
        self._call("POST", f"/streams/{self._newest()}/release")

    @property
    def journal(self) -> list[dict[str, Any]]:
        """What was asked in this test and how it was answered, oldest first."""
        entries: list[dict[str, Any]] = self._call("GET", "/requests?limit=1000&frames=1")[
            "requests"
        ]
        return entries[::-1]

    @property
    def verdict(self) -> dict[str, Any]:
        """`ok`, and the `sins` of the client."""
        verdict: dict[str, Any] = self._call("GET", "/verdict")
        return verdict

    def verify(self, **conditions: Any) -> Verified:
        """Was it called so: `contains`, `model`, `times`, `at_least`, `at_most` and the like."""
        answer = self._call("POST", "/verify", conditions, also=(409,))
        prompts = () if answer["ok"] else tuple(entry["last_user"] for entry in self.journal)
        return Verified(answer["ok"], answer["count"], conditions, prompts)

    def reset(self) -> None:
        """Forget what was said and asked in this test."""
        self._call("POST", "/reset")

    def _last(self) -> dict[str, Any]:
        return self._scenario or {"name": "say-0", "steps": [{"generate": {}}]}

    def _put(self, **scenario: Any) -> Self:
        self._call("PUT", f"/scenarios/{scenario['name']}", scenario)
        self._scenario = scenario
        return self

    def _newest(self) -> str:
        entries = self._call("GET", "/requests?limit=1")["requests"]
        if not entries:
            raise LookupError("nothing was asked in this test yet")
        name: str = entries[0]["id"]
        return name

    def _wait(self, condition: str, timeout: float) -> dict[str, Any]:
        path = f"/streams/{self._newest()}?wait={condition}&timeout={timeout:g}"
        entry: dict[str, Any] = self._call("GET", path, timeout=timeout)
        return entry

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        also: tuple[int, ...] = (),
        timeout: float = 0,
    ) -> Any:
        from http.client import HTTPConnection
        from urllib.parse import urlsplit

        connection = HTTPConnection(urlsplit(self.root).netloc, timeout=timeout + 30)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/__mock__{path}", content, self.headers)
            answer = connection.getresponse()
            reply = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400 and answer.status not in also:
            wrong = TimeoutError if answer.status == 408 else ValueError
            raise wrong(reply["error"]["message"].removeprefix("body:1: "))
        return reply


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which mock the tests use: one that runs already, or one of this seed."""
    group = parser.getgroup("mock-openai")
    group.addoption("--mock-openai-url", help="Root URL of a mock that runs already.")
    group.addoption("--mock-openai-seed", default="0", help="Seed of the mock that is started.")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def mock_openai_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The root URL of a mock that lives as long as the run (with pytest-xdist: as its worker)."""
    running = pytestconfig.getoption("--mock-openai-url")
    if running:
        yield running.rstrip("/").removesuffix("/v1")
        return
    seed = pytestconfig.getoption("--mock-openai-seed")
    from mock_openai.child_process import mock_process

    with mock_process("serve", "--port", "0", "--seed", seed) as mock:
        yield mock.root


@pytest.fixture
def mock_openai(
    request: pytest.FixtureRequest,
    mock_openai_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MockOpenAI]:
    """The mock, for this test alone; applications find it by their environment."""
    marker = request.node.get_closest_marker("mock_openai")
    options = marker.kwargs if marker is not None else {}
    if marker is not None and (marker.args or set(options) - {"strict"}):
        pytest.fail(f"the marker is {_MARKER.partition(':')[0]}", pytrace=False)
    from hashlib import blake2b

    session = blake2b(request.node.nodeid.encode(), digest_size=8).hexdigest()
    mock = MockOpenAI(mock_openai_server, session)
    monkeypatch.setenv("OPENAI_BASE_URL", mock.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", mock.api_key)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", mock.root)
    monkeypatch.setenv("ANTHROPIC_API_KEY", mock.api_key)
    mock.reset()
    if options.get("strict"):
        refused = {"status": 404, "message": "No scenario of this test fits."}
        mock.scenario(name=_STRICT, steps=[], faults=[{"at": "request", "refuse": refused}])
    yield mock
    unscripted = [e for e in mock.journal if e["scenario"] == _STRICT] if options else []
    mock.reset()
    if unscripted:
        near_misses = "; ".join(
            f"{entry['last_user'][:100]!r}{entry['why'].removeprefix(f'first match: {_STRICT}')}"
            for entry in unscripted[:5]
        )
        pytest.fail(f"no scenario of this test fits: {near_misses}", pytrace=False)
