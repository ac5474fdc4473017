"""Writes the parts of the docs that are drawn from code: `make docs`.

A made part stands between `<!-- made: NAME -->` and `<!-- end -->`; a test sees that none is stale.
"""

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_openai.admin.routes import ADMIN_ROUTES
from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.faults import FAULTS
from mock_openai.faults.official import (
    ANTHROPIC_VERSION,
    IN_MESSAGES,
    JAVASCRIPT_VERSION,
    OFFICIAL,
    OPENAI_VERSION,
)
from mock_openai.faults.reading import read_fault_text
from mock_openai.http.exchange_states import EXCHANGE
from mock_openai.profiles import PROFILES
from mock_openai.request.overrides import DIRECTIVE_KEYS
from tokentape.check.config import CheckConfig
from tokentape.check.contract_file import dump_contract
from tokentape.contract import openai_habits, openai_profiles
from tokentape.contract.contract import Contract, Emit, Handshake, Kind, Part, RequestTemplate
from tokentape.contract.life import Channel, Life, PatchedValue, Shorthand, Shorthands
from tokentape.contract.order import mermaid
from tokentape.contract.ownership import OwnerRule, Ownership
from tokentape.contract.violations import VIOLATIONS
from tokentape.dialects.contracts import CONTRACTS
from tokentape.dialects.inference.realtime_states import ALONE, ROOMS
from tokentape.options.table import options_table
from tokentape.runs.run_states import RUN
from tokentape.settings import Settings
from tokentape.store.backends import BACKENDS
from tokentape_load.metrics.measures import MEASURES
from tokentape_load.run.run_config import RunConfig
from tokentape_load.viewers.view_states import VIEW
from tokentape_load.workload.journeys import JOURNEYS
from tokentape_load.workload.load_shape import WORDS

DOCS = Path(__file__).parent
_PART = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _head(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
    yield "|" + len(cells) * "---|"


def settings_table() -> Iterator[str]:
    yield from _head("variable", "default", "what it does")
    for name, field in Settings.model_fields.items():
        default = field.get_default() if field.default_factory is None else "(see below)"
        shown = "" if default in (None, "") else f"`{default}`"
        yield f"| `{name.upper()}` | {shown} | {field.description or ''} |"


def admin_routes() -> Iterator[str]:
    yield from _head("route", "what it is for")
    for row in ADMIN_ROUTES:
        words = " ".join((row.handler.__doc__ or "").split()).replace("|", "\\|")
        yield f"| `{row.method} /__mock__{row.path}` | {words} |"


def directives() -> Iterator[str]:
    yield from _head("key", "example", "what it does")
    for name, key in DIRECTIVE_KEYS.items():
        yield f"| `{name}` | `{key.example}` | {key.words} |"


def endpoints() -> Iterator[str]:
    yield from _head("`POST`", "of", "what it does")
    for endpoint in ENDPOINTS.values():
        yield f"| `{endpoint.path}` | {endpoint.provider.title} | {endpoint.summary} |"


def databases() -> Iterator[str]:
    yield from _head("database", "`DATABASE_URL`")
    for backend in BACKENDS:
        yield f"| {backend.name} | `{backend.address}` |"


def orders(dialect: str | None = None) -> Iterator[str]:
    for contract in CONTRACTS.values():
        if dialect not in (None, contract.dialect):
            continue
        yield f"### `{contract.key}`\n"
        yield f"{_start(contract)}\n"
        yield f"```mermaid\n{mermaid(contract.order)}\n```\n"


def _start(contract: Contract) -> str:
    match contract.start:
        case RequestTemplate(method=method, path=path):
            return f"A turn is `{method} {path}`; its answer is the stream."
        case Emit(event=event):
            return f"A turn is the event `{event}` on namespace `{contract.namespace}`."
    raise AssertionError(contract.start)


def contract_in_a_file() -> Iterator[str]:
    yield f"```yaml\n{dump_contract(CONTRACTS['ai-gateway/socketio'])}```\n"


_SPELLED = {
    "The file": Contract,
    "A kind of event": Kind,
    "Elements of a list": Part,
    "A request": RequestTemplate,
    "An event of ours": Emit,
    "A socket's handshake": Handshake,
    "A life": Life,
    "A channel": Channel,
    "A document": PatchedValue,
    "Shorthands": Shorthands,
    "A shorthand": Shorthand,
    "Ownership": Ownership,
    "A rule of owners": OwnerRule,
}


def contract_keys() -> Iterator[str]:
    for title, spelled in _SPELLED.items():
        yield f"### {title}\n"
        yield from _head("key", "default", "what it says")
        for name, default, words in _keys(spelled):
            yield f"| `{name}` | {default} | {words} |"
        yield ""


def _keys(spelled: type) -> Iterator[tuple[str, str, str]]:
    """Each key of a file with its default, and what the attribute's docstring says of it."""
    parsed = ast.parse(textwrap.dedent(inspect.getsource(spelled))).body
    texts = {
        before.target.id: after.value.value
        for found in parsed
        if isinstance(found, ast.ClassDef)
        for before, after in pairwise(found.body)
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }
    for each in dataclasses.fields(spelled):
        if each.init:
            needed = each.default is dataclasses.MISSING is each.default_factory
            empty = each.default in (None, (), "", False, dataclasses.MISSING)
            value = "true" if each.default is True else each.default
            shown = "needed" if needed else "" if empty else f"`{value}`"
            yield each.name, shown, " ".join(str(texts[each.name]).split()).replace("|", "\\|")


def check_options() -> Iterator[str]:
    return options_table(CheckConfig)


def load_options() -> Iterator[str]:
    return options_table(RunConfig)


def faults_table() -> Iterator[str]:
    client = f"`openai` {OPENAI_VERSION} for Python"
    yield f"| fault | at | what is on the wire | a checker must see | {client} |"
    yield "|---|---|---|---|---|"
    for name, outcomes in OFFICIAL.items():
        kind = FAULTS[name.partition(":")[0]]
        fault = read_fault_text(name)
        place = "chunk N" if kind.default.kind == "random" else str(kind.default)
        effect = "silence for ever" if name == "stall:forever" else kind.effect
        yield f"| `{name}` | {place} | {effect} | {fault.violation} | {outcomes.openai} |"


def messages_faults_table() -> Iterator[str]:
    python = f"`anthropic` {ANTHROPIC_VERSION}"
    javascript = f"`@anthropic-ai/sdk` {JAVASCRIPT_VERSION}"
    clients = f"{python}: `create(stream=True)` | its `stream()` | {javascript}: `stream()`"
    yield f"| fault | a checker must see | {clients} |"
    yield "|---|---|---|---|---|"
    for name, (_, iterator, helper, there) in IN_MESSAGES.items():
        fault = read_fault_text(name)
        violation = fault.elsewhere.get("messages", fault.violation)
        both = helper if helper != iterator else "the same"
        yield f"| `{name}` | {violation} | {iterator} | {both} | {there} |"


def violations_table() -> Iterator[str]:
    yield from _head("violation", "of", "what a client sees", "what to do, and where to look")
    for kind, info in VIOLATIONS.items():
        resumed = f" After a cut: {info.on_resume}" if info.on_resume else ""
        yield f"| `{kind}` | {info.group} | {info.means} | {info.mend}{resumed} |"


def profiles_table() -> Iterator[str]:
    yield from _head("profile", "server", "what it sends otherwise", "what it takes besides")
    for name, profile in PROFILES.items():
        effects = [habit.effect for habit in profile.habits]
        if profile.error:
            effects.append("errors in its own words")
        if profile.lengths:
            effects.append("`ignore_eos` makes an answer as long as `max_tokens`")
        taken = ", ".join(f"`{parameter}`" for parameter in sorted(profile.parameters))
        sent = "; ".join(effects) or "as OpenAI documents it"
        yield f"| `{name}` | [{profile.server}]({profile.source}) | {sent} | {taken or 'nothing'} |"


def habits_table() -> Iterator[str]:
    yield from _head("`--accept`", "what the server does", "known from")
    for habit in openai_habits.HABITS:
        source = f"[{urlsplit(habit.source).netloc}]({habit.source})"
        yield f"| `{habit.name}` | {habit.does} | {source} |"


def accepted_profiles_table() -> Iterator[str]:
    yield from _head("`--profile`", "of", "accepts")
    for profile in openai_profiles.PROFILES.values():
        habits = ", ".join(f"`{name}`" for name in profile.habits)
        accepts = habits or "nothing: all that it adds is lawful"
        yield f"| `{profile.name}` | {profile.of} | {accepts} |"


def exchange_states() -> Iterator[str]:
    yield f"```mermaid\n{mermaid(EXCHANGE)}\n```\n"


def room_states() -> Iterator[str]:
    yield f"```mermaid\n{mermaid(ROOMS, ALONE)}\n```\n"


def run_states() -> Iterator[str]:
    yield f"```mermaid\n{mermaid(RUN)}\n```\n"


def view_states() -> Iterator[str]:
    yield f"```mermaid\n{mermaid(VIEW)}\n```\n"


def library_table() -> Iterator[str]:
    yield from _head("scenario", "what it does")
    for scenario in ScenarioFiles().scenarios:
        yield f"| `{scenario.name}` | {scenario.description} |"


def measures_table() -> Iterator[str]:
    yield from _head("name", "what it is")
    for measure in MEASURES:
        yield f"| {measure.name} | {measure.definition} |"


def journeys_table() -> Iterator[str]:
    yield from _head("journey", "what a user does", "weight")
    for journey in JOURNEYS.values():
        yield f"| `{journey.name}` | {journey.words} | {journey.weight} |"


def shapes_table() -> Iterator[str]:
    yield from _head("`--shape`", "the load over the time")
    for name, words in WORDS.items():
        yield f"| `{name}` | {words} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "measures": measures_table,
    "journeys": journeys_table,
    "shapes": shapes_table,
    "faults": faults_table,
    "messages-faults": messages_faults_table,
    "violations": violations_table,
    "profiles": profiles_table,
    "library": library_table,
    "settings": settings_table,
    "databases": databases,
    "endpoints": endpoints,
    "admin-routes": admin_routes,
    "directives": directives,
    "orders": orders,
    **{f"order-{one.dialect}": partial(orders, one.dialect) for one in CONTRACTS.values()},
    "habits": habits_table,
    "accepted-profiles": accepted_profiles_table,
    "exchange-states": exchange_states,
    "run-states": run_states,
    "view-states": view_states,
    "room-states": room_states,
    "contract": contract_in_a_file,
    "contract-keys": contract_keys,
    "check-options": check_options,
    "load-options": load_options,
}


def made(page: str) -> str:
    """A page with its made parts made anew."""

    def part(found: re.Match[str]) -> Any:
        return found[1] + "\n".join(PARTS[found[2]]()) + "\n" + found[3]

    return _PART.sub(part, page)


def main() -> int:
    for path in sorted(DOCS.rglob("*.md")):
        old = path.read_text(encoding="utf-8")
        if (new := made(old)) != old:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.name} made anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
