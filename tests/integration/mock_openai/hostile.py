"""What a stranger may send to hold the mock up, each planned in this process and reported.

Run as a module with the names of parts, it prints a line of JSON for each case: its name, the CPU
seconds that planning took, and what came of it. The process limits its own CPU time, so that a case
without an end ends the process; no other clock is looked at.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, ScenarioError
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings
from tests.harness.chance import FUZZING

MOST_CPU_S = 120  # of one part
_CHAT = "/v1/chat/completions"
Case = tuple[str, Callable[[], str]]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S + 1))
    for part in sys.argv[1:]:
        for name, run in PARTS[part]():
            before_s = time.process_time()
            outcome = run()
            took_s = time.process_time() - before_s
            sys.stdout.write(json.dumps([name[:60], took_s, outcome]) + "\n")
            sys.stdout.flush()


def _asked(path: str, body: dict[str, Any], scenario: str | None = None) -> Case:
    raw = json.dumps(body).encode()

    def run() -> str:
        planner = Planner(ScenarioFiles(), Settings())
        headers = {}
        try:
            if scenario is not None:
                found = read_scenarios(scenario, "body", "hostile")[0]
                planner.session_scenarios.put("", found)
                headers = {"x-mock-scenario": found.name}
            planner.plan(ENDPOINTS[path], headers, raw)
        except ApiError as error:
            return f"refused {error.status}"
        except ScenarioError:
            return "no scenario"
        return "played"

    return "", run


def _chat(said: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": said}], **more}


def _structured(schema: Any, **more: Any) -> dict[str, Any]:
    expected = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return _chat(response_format=expected, **more)


def _all_of(many: int, inner: Any) -> dict[str, Any]:
    names = [f"p{number}" for number in range(many)]
    return {"type": "object", "properties": dict.fromkeys(names, inner), "required": names}


def _many(inner: Any, least: int = 9_000) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "items": inner}


PATTERNS = [
    "(?:){4000000000}", "((?:){60000}){60000}", "[[a]", "[a--b]", "[a&&b]", "[a||b]", "[a~~b]",
    "a{" + "9" * 5_000 + "}", "(?(" + "1" * 5_000 + ")a|b)", "(?a)(?u)x", "(?L)a", "(?x) [ # [[",
    "(a{1000})" + "".join(f"(\\{n}\\{n}\\{n}\\{n})" for n in range(1, 40)),
    "(" * 5_000 + "a" + ")" * 5_000, "[" + "a-b" * 30_000 + "]{19000}",
    "[" + "\u0100-\uffff" * 1_000 + "]{9000}", "(?:" + "a" * 50_000 + "|" + "a" * 50_000 + ")",
    "((((a{0,9}){9}){9}){9}){9}{9}", ".*" * 100_000, "(?:a?){9000}" * 300, "[", "(", "\\",
    "[^", "[]", "[\\", "(?", "(?P<", "(?P=n", "(?#", "a{2,1}", "{", "a**", "\\u",
    "\\u{110000}", "\\ud800",
    "\\c",
]  # fmt: skip
_OFF = ["p" + str(number) for number in range(24_000)]
SCHEMAS: dict[str, Any] = {
    "many patterns": _all_of(5_000, {"type": "string", "pattern": "(?:(?:){3000}){3}"}),
    "minLength": {"type": "string", "minLength": 1e9},
    "minItems": {"type": "array", "minItems": 1e9},
    "minProperties": {"type": "object", "minProperties": 1e9, "additionalProperties": {"const": 1}},
    "required × properties": {"type": "object", "required": [*_OFF, *"ab" * 50_000],
                              "properties": {f"q{n}": {"const": 1} for n in range(20_000)}},
    "required merged": {"allOf": [{"required": _OFF}, {"required": _OFF[::-1] * 2}]},
    "enum merged": {"allOf": [{"enum": list(range(9**5))}, {"enum": list(range(9**5, 9**6 // 4))}]},
    "type merged": {"allOf": [{"type": ["a"] * 100_000}, {"type": ["b"] * 100_000}]},
    "large constant": _many({"const": list(range(100_000))}),
    "long constant": _many({"const": "x" * 1_000_000}),
    "long value": _many({"enum": ["x" * 1_000_000]}),
    "large unique": {**_many({"const": list(range(100_000))}, 400), "uniqueItems": True},
    "few unique": {**_many({"type": "boolean"}), "uniqueItems": True},
    "tiny multiple": {"type": "number", "multipleOf": 5e-324},
    "huge multiple": {"type": "integer", "multipleOf": 1e308, "minimum": -1e308, "maximum": 1e308},
    "huge bounds": {"type": "integer", "minimum": -1e308, "maximum": 1e308},
    "loop": {"$ref": "#"},
    "wide loop": {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}] * 2}}, "$ref": "#/$defs/a"},
    "long reference": _many({"$ref": "#/" + "~0" * 100_000}) | {"~" * 100_000: {"const": 1}},
    "many alternatives, deep": _many(_many(_many(_many(_many(_many(
        {"anyOf": [{}] * 45_000}), 1), 1), 1), 1), 1),
    "merged often": _many({"$ref": "#/$defs/a", **{f"k{n}": 1 for n in range(20_000)}})
    | {"$defs": {"a": {"type": "integer", **{f"j{n}": 1 for n in range(20_000)}}}},
    "names that are none": {"type": "object", "required": [[1], {"a": 1}, None]},
    "types that are none": {"type": [[1]]},
    "formats that are none": {"type": "string", "format": {"a": 1}},
}  # fmt: skip


def _deep(inner: Any, levels: int) -> Any:
    for _ in range(levels):
        inner = _many(inner, 1)
    return inner


def _constant(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"const": value}


def _requests() -> Iterator[Case]:
    for number, pattern in enumerate(PATTERNS):
        yield _named(
            f"pattern {number}", _CHAT, _structured({"type": "string", "pattern": pattern})
        )
    for name, schema in SCHEMAS.items():
        if FUZZING:
            yield _named(name, _CHAT, _structured(schema))
        yield _named(f"{name}, 128 times", _CHAT, _structured(schema, n=128, max_tokens=1))
    deep = {"$defs": {"c": _constant(225)}, **_deep({"$ref": "#/$defs/c"}, 50)}
    yield _named("nested beyond JSON", _CHAT, _structured(deep))
    strict = {"type": "object", "additionalProperties": False, "required": _OFF,
              "properties": dict.fromkeys(_OFF, 1)}  # fmt: skip
    function = {"name": "f", "strict": True, "parameters": strict}
    yield _named("strict", _CHAT, _chat(tools=[{"type": "function", "function": function}]))
    for said in (
        "[[mock: tokens=100000]]", "x " * 900_000 + "[[mock: scenario=echo]]",
        "a" * 1_000_000 + "[[mock: scenario=echo]]",
    ):  # fmt: skip
        more: dict[str, Any] = {"n": 128, "max_tokens": 1}
        yield _named(f"128 times {said[:30]}", _CHAT, _chat(said, **more))
        stops = ["a" * 500_000 + "b"] * 4
        yield _named(f"128 times stopped {said[:30]}", _CHAT, _chat(said, stop=stops, **more))
    for directive in (
        "first=" + "9" * 100_000 + "ms", "seed=" + "9" * 100_000, "speed=" + "9" * 100_000,
        "x" * 100_000 + "=1", "fault=" + "x" * 100_000, "fault=cut@" + "9" * 100_000,
        "tokens=100000 " + "fault=crlf " * 90, "tokens=90000 " + "fault=split@3 " * 90,
        "tokens=100000 fault=giant:16000000 " + "fault=giant@3:16000000 " * 90,
    ):  # fmt: skip
        yield _named(directive, _CHAT, _chat(f"[[mock: {directive}]]", stream=True))
    yield _named("likelihoods", _CHAT, _chat("[[mock: tokens=100000]]", n=2, logprobs=True,
                                             top_logprobs=20, stream=True))  # fmt: skip
    points = {"model": "text-embedding-3-large", "input": ["word " * 140] * 2_048}
    yield _named("points", "/v1/embeddings", points)
    yield _named("prompts", "/v1/completions", {"model": "m", "prompt": ["x"] * 2_048, "n": 128})


def _named(name: str, path: str, body: dict[str, Any], scenario: str | None = None) -> Case:
    return name, _asked(path, body, scenario)[1]


def _said(*templates: str) -> str:
    return json.dumps({"steps": [{"say": template} for template in templates]})


SCENARIOS = [
    _said('{{ "\\d" }}{{ "\\777" }}{{ "\\N{no}" }}'), _said('{{ "\\d\\\\\\e" }}'),
    _said('{{ "\\ud800" }}'), _said("{{ " + "9" * 5_000 + " }}"), _said("{{ 9 ** 9 ** 9 }}"),
    _said("{% for a in [[1]] recursive %}{{ loop([a, a]) }}{% endfor %}"),
    _said("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
    _said(*["{% for a in range(40000) %}{% endfor %}"] * 100),
    _said(*["{{ last_user }}" + "{{1}}" * 4_000] * 30), _said('{{ ("a" * 100000)|wordwrap(1) }}'),
    _said("{{ 1" + "<1" * 5_000 + " }}"), _said("{% if 1 %}" * 300 + "x" + "{% endif %}" * 300),
    "steps:\n - json: " + "[" * 240 + "1" + "]" * 240, "steps:\n - json: " + "1:" * 3_000 + "1.5",
    "steps:\n - json: " + "9" * 5_000, "steps:\n - json: 0x" + "f" * 5_000,
    "steps:\n" + " - say: x\n" * 12_000, "steps:\n" + " - generate: {tokens: 100000}\n" * 400,
    "pace: {jitter: gamma, cv: 1.0e-200}\nsteps: [{generate: {tokens: 90}}]",
    "pace: {speed: 0.001, between_tokens_ms: 24h, load: {knee: 1, between: 1000000}}\n"
    "steps: [{generate: {tokens: 900}}]",
    "when: {model: '" + "*a" * 3_000 + "'}\nsteps: [{say: x}]",
    "when: {model: '[[a]*[a--b][a&&b][!--][a||b][~~-~]'}\nsteps: [{say: x}]",
    "when: {last_user: '/[[a--b][:x:]/'}\nsteps: [{say: x}]",
    *("steps: [{generate: {tokens: 9000}}]\nfaults:\n" + f" - {{at: chunk 3, {name}: }}\n" * 500
      for name in ("split", "split-utf8", "join", "keep-alive", "crlf", "giant", "reorder")),
]  # fmt: skip


def _scenarios() -> Iterator[Case]:
    for number, text in enumerate(SCENARIOS):
        name = f"scenario {number}: {text[:30]!r}"
        many: dict[str, Any] = {"n": 128, "max_tokens": 1} if number % 2 else {}
        yield _named(name, _CHAT, _chat("hello " * 3_000, stream=True, **many), text)


NUMBERS = st.sampled_from([0, 1, -1, 3, 1e9, 1e308, -1e308, 5e-324, 0.1, 2**53, 2**63, True])
EXPRESSIONS = st.text("()[]{}?*+|\\^$-.,0159adwksuxP<>=:!#&~ é", max_size=30) | st.lists(
    st.sampled_from(["(", ")", "(?:", "{9999999}", "{3}", "*", "\\1", "[[", "a", "--", "|"]),
    max_size=12,
).map("".join)
WORDS = st.sampled_from(["object", "array", "string", "number", "integer", "#", "#/items", "#/a"])
KEYS = st.sampled_from(
    ["type", "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "items",
     "properties", "required", "additionalProperties", "minProperties", "anyOf", "oneOf", "allOf",
     "$ref", "enum", "const", "multipleOf", "minimum", "exclusiveMaximum", "format", "a", "$defs"]
)  # fmt: skip
WILD = st.recursive(
    NUMBERS | WORDS | EXPRESSIONS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


def _drawn() -> Iterator[Case]:
    """Requests of chance, always the same ones; one case with the longest of their times."""

    def run() -> str:
        planner = Planner(ScenarioFiles(), Settings())
        longest = 0.0

        @settings(
            max_examples=400,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(schema=WILD, pattern=EXPRESSIONS, n=st.sampled_from([1, 128]))
        def plan(schema: Any, pattern: str, n: int) -> None:
            nonlocal longest
            for expected in (schema, {"type": "string", "pattern": pattern}):
                if not isinstance(expected, dict):
                    continue
                raw = json.dumps(_structured(expected, n=n)).encode()
                before_s = time.process_time()
                with suppress(ApiError):
                    planner.plan(ENDPOINTS[_CHAT], {}, raw)
                longest = max(longest, time.process_time() - before_s)

        plan()
        return f"{longest:.3f}"

    yield "drawn", run


PARTS: dict[str, Callable[[], Iterator[Case]]] = {
    "requests": _requests,
    "scenarios": _scenarios,
    "drawn": _drawn,
}

if __name__ == "__main__":
    main()
