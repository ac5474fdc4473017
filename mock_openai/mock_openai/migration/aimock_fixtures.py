"""aimock's JSON fixtures as scenarios: what a fixture matches, and what it answers. Pure.

A fixture that our conditions or steps can't say is left out with the reason: half a condition
would answer what the fixture does not. https://github.com/CopilotKit/aimock
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

Json = dict[str, Any]
_TIMES: Mapping[str, Callable[[Any], Json]] = {
    "latency": lambda ms: {"between_tokens_ms": ms},
    "chunkSize": lambda chars: {"chunk": {"chars": chars}},
    "ttft": lambda ms: {"first_token_ms": ms},
    "tps": lambda tokens: {"tokens_per_second": tokens},
}
_MATCHES: Mapping[str, str] = {
    "userMessage": "last_user",
    "systemMessage": "system",
    "model": "model",
    "toolName": "tool",
    "hasToolResult": "has_tool_result",
}
_SAID = frozenset({"content", "reasoning", "toolCalls", "blocks", "error"})
_FINISH = ("stop", "length", "tool_calls", "content_filter")


class NoScenarioError(ValueError):
    """What a fixture says that a scenario can't; the message is for its author."""


def scenarios_of(document: Json, name: str) -> Iterator[tuple[str, str | None, str]]:
    """For each fixture its scenario's name, the YAML, or None and the reason."""
    fixtures = _ordered([_mapping(one) for one in document["fixtures"]])
    width = len(str(len(fixtures)))
    for place, fixture in enumerate(fixtures, 1):
        own = f"{name}-{place:0{width}}"
        try:
            scenario = {"name": own, "description": f"A fixture of {name}.", **_scenario(fixture)}
        except NoScenarioError as reason:
            yield own, None, str(reason)
        else:
            yield own, yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True), ""


def _ordered(fixtures: list[Json]) -> list[Json]:
    """As in the file, where the first that fits answers; those that match alike and answer in turn
    stand in the order of their numbers."""
    places: dict[str, list[int]] = {}
    for place, fixture in enumerate(fixtures):
        match = _mapping(fixture.get("match"))
        if isinstance(match.get("sequenceIndex"), int):
            alike = {**match, "sequenceIndex": None}
            places.setdefault(json.dumps(alike, sort_keys=True, default=str), []).append(place)
    ordered = list(fixtures)
    for own in places.values():
        in_turn = sorted(own, key=lambda place: fixtures[place]["match"]["sequenceIndex"])
        for place, other in zip(own, in_turn, strict=True):
            ordered[place] = fixtures[other]
    return ordered


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _scenario(fixture: Json) -> Json:
    scenario: Json = {"when": _when(_mapping(fixture.get("match")))}
    pace: Json = {}
    given = {**_mapping(fixture.get("streamingProfile")), **fixture}
    for name, read in _TIMES.items():
        if given.get(name):
            pace |= read(given[name])
    if pace:
        scenario["pace"] = pace
    response = _mapping(fixture.get("response"))
    if not _SAID & set(response):
        raise NoScenarioError(f"it answers with {', '.join(response) or 'nothing'}")
    scenario["steps"] = [*_steps(response)]
    if response.get("finishReason") in _FINISH:
        scenario["finish_reason"] = response["finishReason"]
    faults: list[Any] = []
    if "error" in response:
        faults.append({"at": "request", "refuse": _refusal(response)})
    if fixture.get("truncateAfterChunks") is not None:
        faults.append(f"cut@{fixture['truncateAfterChunks']}")
    if fixture.get("disconnectAfterMs") is not None or fixture.get("chaos"):
        raise NoScenarioError("it breaks off after a time, or by chance")
    if faults:
        scenario["faults"] = faults
    return scenario


def _when(match: Json) -> Json:
    when: Json = {}
    for name, value in match.items():
        if name == "sequenceIndex":
            when["first"] = 1  # each is reached when those before it have answered
        elif name == "endpoint" and value == "chat":
            continue
        elif name not in _MATCHES or not isinstance(value, str | bool):
            raise NoScenarioError(f"it matches by {name}")
        elif name == "model":
            when["model"] = re.sub(r"([*?\[])", r"[\1]", str(value))
        else:
            when[_MATCHES[name]] = _pattern(value)
    return when


def _pattern(value: str | bool) -> str | bool:
    """Words that occur: what looks like an expression of ours is written as one."""
    if isinstance(value, str) and re.fullmatch(r"/.*/[ims]*", value, re.DOTALL):
        return f"/{re.escape(value)}/"
    return value


def _steps(response: Json) -> Iterator[Json]:
    if response.get("reasoning"):
        yield {"think": _literal(response["reasoning"])}
    blocks = response.get("blocks")
    if blocks:
        for block in blocks:
            yield _call(block) if block.get("type") == "toolCall" else _say(block.get("text"))
        return
    if response.get("content") not in (None, ""):
        yield _say(response["content"])
    for call in response.get("toolCalls") or ():
        yield _call(call)


def _say(content: Any) -> Json:
    return {"say": _literal(content)}


def _call(call: Json) -> Json:
    arguments = call.get("arguments") or {}
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError as error:
            raise NoScenarioError("a tool call's arguments are no JSON") from error
    return {"call_tool": {"name": call.get("name"), "arguments": _inside(arguments)}}


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _inside(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_inside(each) for each in value]
    return _literal(value) if isinstance(value, str) else value


def _literal(content: Any) -> str:
    """Said as it is, whatever a template would make of it."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return "{% raw %}" + text + "{% endraw %}" if "{" in text else text


def _refusal(response: Json) -> Json:
    error = response["error"]
    if not isinstance(error, dict):
        error = {"message": str(error)}
    status = response.get("status", error.get("status", 500))
    named = {name: str(error[name]) for name in ("message", "code", "type") if error.get(name)}
    return {"status": status, **named}
