"""A protocol in a file: ours survive the way there and back, and faults name line and way out."""

from pathlib import Path

import pytest

from tests.unit.app.contract.judging import judged, kinds
from tokentape.check.contract_file import dump_contract, load_contract, parse_contract
from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract, Json, RequestTemplate
from tokentape.contract.openai import OPENAI
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI
from tokentape.dialects.contracts import CONTRACTS

ALL = {
    **CONTRACTS,
    **OPENAI,
    **{contract.dialect: contract for contract in (AG_UI, AI_SDK_UI, MESSAGES)},
}

MINE = """\
dialect: my-dialect
transport: sse
start:
  method: POST
  path: /chat
  body: {question: $message}
kinds:
  - {name: piece, has: [piece], text: piece}
  - {name: over, where: {over: true}, end: completed}
  - {name: sorry, has: [sorry], end: failed, code: sorry}
order:
  opened: {piece: opened, over: closed, sorry: closed}
  closed: {}
run: null
seq: null
"""


@pytest.mark.parametrize("contract", ALL.values(), ids=ALL)
def test_our_contracts_are_the_same_after_the_way_through_a_file(contract: Contract) -> None:
    assert parse_contract(dump_contract(contract), "x.yaml") == contract


def test_file_says_only_what_is_not_default() -> None:
    text = dump_contract(CONTRACTS["ai-chat/sse"])
    assert "namespace" not in text
    assert "has: " in text


def test_own_protocol_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    contract = load_contract(path)
    assert contract.key == "my-dialect/sse"
    kind = contract.kind_of("", {"piece": "x"})
    assert kind is not None
    assert (kind.name, contract.seq) == ("piece", None)


WRONG: dict[str, tuple[str, str, str]] = {
    "no YAML": ("transport: sse", "transport: {sse", "mine.yaml:3: not YAML"),
    "unknown key": ("transport: sse", "transprot: sse", ":2: transprot: unknown key."),
    "nearest key": ("transport: sse", "transprot: sse", "Did you mean 'transport'?"),
    "key in a kind": ("text: piece", "txt: piece", ":8: kinds.0.txt: unknown key. Did you mean"),
    "unknown transport": (
        "transport: sse",
        "transport: carrier-pigeon",
        "2: transport: 'carrier-pigeon' is not known. There are: sse, socketio, websocket.",
    ),
    "missing key": ("dialect: my-dialect\n", "", "'dialect' is missing."),
    "missing key in a request": ("  method: POST\n", "", ":3: start: 'method' is missing."),
    "socket event over HTTP": (
        "  method: POST\n  path: /chat\n  body: {question: $message}",
        "  event: ask",
        ":3: start: over sse this is a request: method, path.",
    ),
    "unknown value": ("$message", "$mesage", "nobody knows $mesage. Did you mean 'message'?"),
    "unknown kind": (
        "over: closed,",
        "ovre: closed,",
        ":12: order.opened.ovre: no kind is called 'ovre'. Did you mean 'over'?",
    ),
    "kind without a place": (", sorry: closed", "", ":10: kinds.2: 'sorry' has no place"),
    "no opened state": ("opened: {", "begun: {", "every order starts in the state 'opened'."),
    "end that goes on": ("over: closed", "over: opened", ":12: order.opened.over: 'over' ends"),
    "way out without an end": (", end: failed", "", "nothing may follow 'closed'"),
    "no completion": ("end: completed", "end: failed", "none has `end: completed`"),
    "no text": (", text: piece", "", "none says which field holds the `text`"),
    "two of a name": ("name: sorry", "name: over", ":10: kinds.2.name: 'over' is there twice."),
    "list for a mapping": ("start:\n  method: POST", "start: []\nx:\n  method: POST", "x: unknown"),
    "a key twice": (
        "  path: /chat\n",
        "  path: /chat\n  path: /talk\n",
        "mine.yaml:6: path: it stands there twice, in line 6 too",
    ),
    "text for a list": ("has: [piece]", "has: piece", ":8: kinds.0.has: a list is needed here"),
    "number for a text": ("path: /chat", "path: 7", ":5: start.path: a text is needed here, not"),
    "number as a key in a body": ("{question: ", "{7: ", ":6: start.body.7: a key is text: write"),
    "unknown method": (
        "method: POST",
        "method: PSOT",
        ":4: start.method: 'PSOT' is not known. Did you mean 'POST'?",
    ),
    "path of another address": ("path: /chat", "path: x", ":5: start.path: a path begins with /"),
    "text for a truth": ("run: null", "blank_ids: no way", ":14: blank_ids: true or false is"),
    "unknown end": ("end: failed", "end: filed", ":10: kinds.2.end: 'filed' is not known. Did you"),
    "number as a key": ("closed: {}", "7: {}", ":13: order.7: a key is text"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_fault_names_line_path_and_way_out(wrong: str) -> None:
    old, new, message = WRONG[wrong]
    assert old in MINE
    with pytest.raises(CouldNotRun) as raised:
        parse_contract(MINE.replace(old, new, 1), "mine.yaml")
    assert message in str(raised.value)
    assert str(raised.value).startswith("mine.yaml")


@pytest.mark.parametrize("text", ["", "7", "[]", "- a", "null", "a: &x [*x]", "\t", "? [a]\n: b"])
def test_file_that_holds_something_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(CouldNotRun):
        parse_contract(text, "mine.yaml")


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match=r"nowhere\.yaml can't be read"):
        load_contract(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    "whole", ["out.{1}", "out.{0:>9999999999}", "out.{0.__class__}", "out.{", "a{0}", "{00}", "{x}"]
)
def test_gap_in_a_path_is_a_part_of_the_key(whole: str) -> None:
    """Python's own formatting would make gigabytes of some."""
    more = (
        "channels: [{name: said, of: item}]\n"
        "lives: [{name: item, key: [id], order: {opened: {piece: opened}}}]\n"
    )
    text = MINE.replace("text: piece", f"text: piece, wholes: {{said: '{whole}'}}") + more
    with pytest.raises(CouldNotRun, match="is no part of the channel's key"):
        parse_contract(text, "mine.yaml")
    parse_contract(text.replace(whole, "out.{0}"), "mine.yaml")


SEVERAL = """\
dialect: several-answers
transport: sse
start:
  method: POST
  path: /answers
  body: {question: $message, count: 2}
run: null
seq: null
kinds:
  - {name: together, has: [answers.1], splits: answers}
  - {name: said, has: [answers.0.text], pieces: {text: answers.0.text}}
  - name: calls
    has: [answers.0.calls]
    parts:
      - of: answers.0.calls
        kinds: [{name: call, fields: {name: string, input: 'string??'}, pieces: {input: input}}]
  - {name: finished, has: [answers.0.reason]}
  - {name: all over, where: {over: true}, end: completed}
order:
  opened: {together: opened, said: opened, calls: opened, finished: opened, all over: closed}
  closed: {}
closed_before: [all over]
lives:
  - name: answer
    key: [answers.0.number]
    numbered_to: count
    order:
      opened: {said: open, calls: open}
      open: {said: open, calls: open, finished: closed}
      closed: {}
  - name: call
    key: [../answers.0.number, number]
    within: answer
    dense: true
    may_stop_in: [open]
    constant: [name]
    order: {opened: {call: open}, open: {call: open}}
channels:
  - {name: text, of: answer, answer: true, each: true}
  - {name: input, of: call, json: object}
"""


def answers(*each: dict[str, Json]) -> dict[str, Json]:
    return {"answers": list(each)}


def test_a_strangers_file_says_several_answers_and_the_calls_of_each() -> None:
    contract = parse_contract(SEVERAL, "mine.yaml")
    start = contract.start
    assert isinstance(start, RequestTemplate)
    call = {"number": 0, "name": "f", "input": "{"}
    right = [
        answers({"number": 0, "text": "a"}, {"number": 1, "text": "c"}),
        answers({"number": 1, "text": "d"}, {"number": 0, "text": "b"}),
        answers({"number": 0, "calls": [call]}),
        answers({"number": 0, "calls": [{**call, "input": "}"}]}),
        answers({"number": 1, "reason": "stop"}),
        answers({"number": 0, "reason": "calls"}),
        {"over": True},
    ]
    asked = {"request": start.body, "texts": ("ab", "cd")}
    verdict = judged(contract, right, **asked)
    assert (verdict.texts, verdict.violations) == (("ab", "cd"), ())
    assert kinds(judged(contract, [*right[:5], right[-1]], **asked)) == ["left_open"]
    assert kinds(judged(contract, [*right[:3], *right[4:]], **asked)) == ["not_json"]
    third = answers({"number": 2, "text": "x"})
    assert kinds(judged(contract, [*right[:2], third, *right[2:]], **asked)) == ["out_of_order"]
    assert kinds(judged(contract, [*right[1:]], **asked)) == ["text_lost"]
