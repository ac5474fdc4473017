"""Templates are filled, paths are followed and frames are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.contract.call_checks import call_faults
from tokentape.contract.contract import Contract, Emit, Json, Kind, RequestTemplate, fill, pick
from tokentape.contract.openai import OPENAI
from tokentape.contract.order import OPENED, OTHERS, is_end, named
from tokentape.contract.recognition import Recognition
from tokentape.dialects.contracts import CONTRACTS

NAMES = st.sampled_from(["run", "run_id", "seq", "message"])


def is_of(kind: Kind, event: str, payload: Json) -> bool:
    return Recognition([kind], pick).kind_of(event, payload) is kind


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", {"choices": [{"delta": {"content": "hi"}}], "n": 0}),
        ("n", 0),
        ("choices.0.delta.content", "hi"),
        ("choices.1.delta.content", None),
        ("choices.-1", None),
        ("choices.delta", None),
        ("n.0", None),
        ("nothing", None),
    ],
)
def test_path_leads_to_its_value_or_to_none(path: str, value: Json) -> None:
    assert pick({"choices": [{"delta": {"content": "hi"}}], "n": 0}, path) == value


@pytest.mark.parametrize("payload", [None, "text", 3, [], {}, ["text"], object()])
def test_path_into_any_payload_is_none_and_no_error(payload: Json) -> None:
    assert pick(payload, "a.0.b") is None


def test_kind_is_the_first_that_matches() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    kinds = {
        "error": {"error": "Failed to process message", "code": "INTERNAL", "sessionId": "s"},
        "stopped": {"done": True, "stopped": True, "sessionId": "s"},
        "done": {"done": True, "sessionId": "s"},
        "chunk": {"content": "", "sessionId": "s"},
    }
    for name, payload in kinds.items():
        kind = contract.kind_of("", payload)
        assert kind is not None
        assert kind.name == name
    assert contract.kind_of("", {"sessionId": "s"}) is None


@pytest.mark.parametrize(
    ("payload", "one", "none"),
    [
        ({"n": 1}, True, False),
        ({"n": 3}, False, True),
        ({"n": None}, False, False),
        ({"n": ""}, False, False),
        ({}, False, False),
        ({"n": [1]}, False, True),
    ],
)
def test_a_value_is_one_of_some_or_none_of_them(payload: Json, one: bool, none: bool) -> None:
    assert is_of(Kind(name="k", one_of={"n": (1, 2)}), "", payload) is one
    assert is_of(Kind(name="k", none_of={"n": (1, 2)}), "", payload) is none


def test_event_name_tells_kinds_apart_where_the_transport_has_one() -> None:
    contract = CONTRACTS["ai-chat/socketio"]
    assert contract.kind_of("ai:stream", {}) is contract.kind("ai:stream")
    assert contract.kind_of("ai:complete", {"stopped": True}) is contract.kind("ai:stopped")
    assert contract.kind_of("ai:complete", {"response": ""}) is contract.kind("ai:complete")
    assert contract.kind_of("ai:strange", {}) is None
    assert contract.kind("ai:strange") is None


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("$message", "hi"),
        ("$number", 7),
        ("$nothing", None),
        ("$unknown", None),
        ("/run/$run", "/run/r1"),
        ("$run:$number", "r1:7"),
        ("/run/$run_id/$run", "/run/r2/r1"),
        ("/run/$nothing", None),
        ("/run/$unknown", None),
        ("costs 5$", "costs 5$"),
        ("costs $5", "costs $5"),
        ({"a": "$message", "b": "$nothing", "c": {"d": "$unknown"}}, {"a": "hi", "c": {}}),
        (["$message", {"n": "$number"}], ["hi", {"n": 7}]),
        (("$message",), ["hi"]),
        (
            ["a", {"$earlier": {"by": "$role", "no": "$nothing"}}, "$message"],
            ["a", {"by": "user"}, {"by": "assistant"}, "hi"],
        ),
        ([{"$earlier": "$message: $content"}], ["hi: One", "hi: $run"]),
        (4096, 4096),
        (None, None),
    ],
)
def test_template_is_filled(template: Json, filled: Json) -> None:
    values = {"message": "hi", "number": 7, "nothing": None, "run": "r1", "run_id": "r2",
              "earlier": [{"id": "1", "role": "user", "content": "One"},
                          {"id": "2", "role": "assistant", "content": "$run"}]}  # fmt: skip
    assert fill(template, values) == filled


@given(st.dictionaries(NAMES, st.text() | st.sampled_from(["$run", "$seq"]), min_size=4))
def test_value_that_looks_like_a_template_stays_as_it_is(values: dict[str, str]) -> None:
    """What a server calls its run must not reach other values, whatever it holds."""
    assert fill("$run:$seq", values) == f"{values['run']}:{values['seq']}"
    assert fill({"m": ["$message"]}, values) == {"m": [values["message"]]}


def calls_of(contract: Contract) -> list[RequestTemplate | Emit]:
    later = (contract.resume, contract.stop)
    return [*contract.before, contract.start, *(call for call in later if call is not None)]


ALL = {**CONTRACTS, **OPENAI}
each_contract = pytest.mark.parametrize("contract", ALL.values(), ids=ALL)


@each_contract
def test_every_kind_has_a_place_in_the_order(contract: Contract) -> None:
    ordered = named(contract.order) - {OTHERS}
    names = [kind.name for kind in contract.kinds]
    assert ordered <= {*names} if OTHERS in named(contract.order) else ordered == {*names}
    assert len(names) == len({*names})


@each_contract
def test_terminal_kinds_are_those_that_lead_to_an_end(contract: Contract) -> None:
    order, ends = contract.order, {kind.name for kind in contract.kinds if kind.end}
    # Behind the end a mark may say it again, as `[DONE]` does, and what had begun may be closed.
    over = {after for exits in order.values() for name, after in exits.items() if name in ends}
    over |= {state for state in order if is_end(order, state)} | set(contract.may_stop_in)
    for state, exits in order.items():
        for name, after in exits.items():
            assert contract.kind(name) is not None or name == OTHERS
            if state in over and name in contract.restarts_on:
                continue  # the next run of the stream
            assert (name in ends or state in over) == (after in over)
            assert state not in over or name not in contract.text_paths


@each_contract
def test_order_starts_where_every_order_starts_and_reaches_each_state(contract: Contract) -> None:
    reached, fresh = {OPENED}, {OPENED}
    while fresh:
        fresh = {a for state in fresh for a in contract.order.get(state, {}).values()} - reached
        reached |= fresh
    assert reached == set(contract.order)


@each_contract
def test_answer_can_complete_and_fail_and_failure_carries_a_code(contract: Contract) -> None:
    assert {kind.end for kind in contract.kinds} >= {"completed", "failed"}
    assert all((kind.end == "failed") == (kind.code is not None) for kind in contract.kinds)


@each_contract
def test_templates_name_only_what_a_turn_or_its_run_knows(contract: Contract) -> None:
    assert list(call_faults(contract)) == []
    assert "$message" in repr(calls_of(contract))


@each_contract
def test_calls_are_of_the_transport(contract: Contract) -> None:
    expected = RequestTemplate if contract.transport == "sse" else Emit
    assert all(isinstance(call, expected) for call in calls_of(contract))


def test_contracts_are_found_by_dialect_and_transport() -> None:
    assert {"ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"} <= set(CONTRACTS)


def test_kind_without_conditions_matches_everything() -> None:
    assert is_of(Kind(name="any"), "whatever", None)
