"""The official client's own suite against the mock: none fails by the mock's fault."""

import os
from pathlib import Path

import pytest

from mock_openai.api import ROUTES
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from tests.integration.mock_openai.conftest import serving
from tests.official_suite.known import VERSION, reason_of
from tests.official_suite.running import FOLDER, PYTHON, SUITE, declared, run_suite

PART = "loose and not Async"
"""The whole takes too long for each run of the tests: it is `make official-suite`."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if not SUITE.exists() or not PYTHON.exists():
        if os.environ.get("CI"):
            pytest.fail("`make clients` was not run")
        pytest.skip("`make clients` was not run")


def test_the_suite_passes_but_for_what_is_explained(tmp_path: Path) -> None:
    with serving() as served:
        outcomes = run_suite(served.url, tmp_path / "report", PART)
    failed = [(one, reason_of(one.test, one.complaint)) for one in outcomes if not one.passed]
    assert [one for one, reason in failed if reason is None] == []
    assert len(outcomes) - len(failed) > 100


def test_the_version_is_the_locked_one() -> None:
    lock = (FOLDER / "requirements.lock").read_text(encoding="utf-8")
    assert f"openai=={VERSION} " in lock


def test_all_that_the_types_declare_is_taken() -> None:
    found = declared()
    bodies = {endpoint.path: endpoint.request for endpoint in ENDPOINTS.values()}
    for route in ROUTES:
        if "requestBody" in route.operation:
            content = route.operation["requestBody"]["content"]
            bodies[route.path] = content["application/json"]["schema"]
    kinds = {"items": found.pop("items"), "tools": found.pop("tools")}
    assert min(map(len, [*found.values(), *kinds.values()])) >= 2
    lacking = {path: set(names) - set(bodies[path]["properties"]) for path, names in found.items()}
    assert lacking == {path: set() for path in found}
    refused = [kind for kind in kinds["items"] if _refused({"input": [{"type": kind}]})]
    refused += [kind for kind in kinds["tools"] if _refused({"tools": [{"type": kind}]})]
    assert refused == []


def _refused(more: dict[str, object]) -> bool:
    """For its type; whatever else it lacks."""
    try:
        ENDPOINTS["/v1/responses"].read({"model": "gpt-4o", "input": "Hello?", **more}, {})
    except ApiError as error:
        return (error.param or "").endswith(".type")
    return False
