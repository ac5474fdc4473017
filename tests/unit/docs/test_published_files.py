"""The compose file and the Action, by the schemas of those who read them; what they refer to."""

import re
from typing import Any

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from tests.container.containerfile import FILES, read_stages
from tests.unit.docs.pages import ROOT, blocks
from tokentape.settings import Settings

COMPOSE, ACTION = ROOT / "compose.yaml", ROOT / "mock_openai" / "action.yml"


def problems(schema: str, value: Any) -> list[str]:
    description = get_builtin_schema(schema)
    validator = validator_for(description, default=Draft202012Validator)(description)
    return [error.message for error in validator.iter_errors(value)]


def read(path: Any) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_compose_file_is_one_and_a_wrong_one_is_not() -> None:
    compose = read(COMPOSE)
    assert problems("vendor.compose-spec", compose) == []
    compose["services"]["mock"]["helthcheck"] = {}
    assert problems("vendor.compose-spec", compose) != []


def test_the_action_is_one_and_a_wrong_one_is_not() -> None:
    action = read(ACTION)
    assert problems("vendor.github-actions", action) == []
    del action["runs"]["steps"][0]["shell"]
    assert problems("vendor.github-actions", action) != []


@pytest.mark.parametrize("name", ["mock", "app"])
def test_a_service_is_built_and_reached_as_its_container_file_says(name: str) -> None:
    service = read(COMPOSE)["services"][name]
    path = ROOT / service["build"]["context"] / service["build"]["dockerfile"]
    assert path in FILES.values()
    image = read_stages(path)[-1]
    (published,) = service["ports"]
    host, _, inside = published.rpartition(":")
    assert inside == image.one("EXPOSE")
    assert host.startswith("127.0.0.1:"), "for this machine alone"
    (volume,) = service["volumes"]
    assert volume.split(":")[1] == image.one("VOLUME")


def test_the_app_finds_the_mock_and_knows_its_settings() -> None:
    services = read(COMPOSE)["services"]
    app = services["app"]["environment"]
    assert {name.lower() for name in app} <= {*Settings.model_fields}
    assert app["OPENAI_BASE_URL"] == f"{app['MOCK_URL']}/v1" == "http://mock:9100/v1"
    assert app["JWT_SECRET"].startswith("${JWT_SECRET:?"), "without one the app does not serve"
    secret = app["MOCK_ADMIN_TOKEN"]
    assert secret == services["mock"]["environment"]["MOCK_OPENAI_ADMIN_TOKEN"]
    assert re.fullmatch(r"\$\{MOCK_ADMIN_TOKEN:\?.+\}", secret), "no secret that all know"
    assert services["app"]["depends_on"]["mock"]["condition"] == "service_healthy"
    assert read_stages(FILES["mock_openai"])[-1].all_of("HEALTHCHECK")


def test_the_page_shows_the_files_that_are_run() -> None:
    page = ROOT / "docs" / "running-the-mock.md"
    shown = [block.text for block in blocks(page) if block.language == "js"]
    folder = ROOT / "e2e" / "js"
    names = ("start_mock.mjs", "weather.test.mjs")
    assert shown == [(folder / name).read_text(encoding="utf-8") for name in names]


def test_the_workflow_on_the_page_is_one_that_the_action_takes() -> None:
    page = ROOT / "docs" / "running-the-mock.md"
    (shown,) = [yaml.safe_load(b.text) for b in blocks(page) if b.language == "yaml"]
    job = {"runs-on": "ubuntu-latest", "steps": shown["steps"]}
    assert problems("vendor.github-workflows", {"on": "push", "jobs": {"test": job}}) == []
    (step,) = [one for one in shown["steps"] if "tokentape" in one.get("uses", "")]
    action = read(ACTION)
    assert {*step["with"]} <= {*action["inputs"]}
    used = {*re.findall(r"steps\.mock\.outputs\.(\w+)", str(shown))}
    assert used <= {*action["outputs"]}
