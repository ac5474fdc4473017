"""Patches of RFC 6902, the examples of its appendix among them; and what costs too much."""

from typing import Any

import pytest

from tokentape.contract.json_patches import WORK_MAX, PatchedDocument, Unpatchable, Unreadable, Work

DONE: list[tuple[Any, list[Any], Any]] = [
    ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    ({"a": [1, 2]}, [{"op": "add", "path": "/a/1", "value": 3}], {"a": [1, 3, 2]}),
    ({"a": [1]}, [{"op": "add", "path": "/a/1", "value": 2}], {"a": [1, 2]}),
    ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": [2]}], {"a": [1, [2]]}),
    ({"a": 1, "b": 2}, [{"op": "remove", "path": "/b"}], {"a": 1}),
    ({"a": [1, 2, 3]}, [{"op": "remove", "path": "/a/1"}], {"a": [1, 3]}),
    ({"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
    ([1], [{"op": "replace", "path": "/0", "value": 2}], [2]),
    ({"a": {"b": 1}, "c": {}}, [{"op": "move", "from": "/a/b", "path": "/c/d"}],
     {"a": {}, "c": {"d": 1}}),
    ({"a": [1, 2, 3]}, [{"op": "move", "from": "/a/1", "path": "/a/2"}], {"a": [1, 3, 2]}),
    ({"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
    ({"a": {"b": []}}, [{"op": "copy", "from": "/a", "path": "/c"},
                        {"op": "add", "path": "/a/b/-", "value": 1}],
     {"a": {"b": [1]}, "c": {"b": []}}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10},
                          {"op": "replace", "path": "/~1", "value": 8}], {"/": 8, "~1": 10}),
    ({"": 1}, [{"op": "replace", "path": "/", "value": 2}], {"": 2}),
    (4, [{"op": "add", "path": "", "value": {}}, {"op": "add", "path": "/a", "value": 1, "x": 2}],
     {"a": 1}),
    ({"a": 1}, [{"op": "remove", "path": ""}], None),
    ({}, [], {}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
    ([{"b": 0, "a": [None]}], [{"op": "test", "path": "", "value": [{"a": [None], "b": 0}]}],
     [{"a": [None], "b": 0}]),
]  # fmt: skip
UNPATCHABLE: list[tuple[Any, Any]] = [
    ({"a": 1}, {"op": "add", "path": "/b/c", "value": 1}),
    ({"a": 1}, {"op": "add", "path": "/a/c", "value": 1}),
    ({"a": 1}, {"op": "remove", "path": "/b"}),
    ({"a": 1}, {"op": "replace", "path": "/b", "value": 1}),
    ({"a": 1}, {"op": "test", "path": "/a", "value": "1"}),
    ({"a": 1}, {"op": "test", "path": "/a", "value": True}),
    ({"a": False}, {"op": "test", "path": "/a", "value": 0}),
    ({"a": [{"b": 1.0}]}, {"op": "test", "path": "/a", "value": [{"b": True}]}),
    ({"a": [1]}, {"op": "test", "path": "/a", "value": [1, 1]}),
    ({"a": {"b": 1}}, {"op": "test", "path": "/a", "value": {"c": 1}}),
    ({"a": []}, {"op": "test", "path": "/a", "value": {}}),
    ({"a": 1}, {"op": "copy", "from": "/b", "path": "/a"}),
    ({"a": {}}, {"op": "move", "from": "/a", "path": "/a/b"}),
    ([1], {"op": "add", "path": "/2", "value": 1}),
    ([1], {"op": "remove", "path": "/-"}),
    ([1, 2], {"op": "remove", "path": "/01"}),
    ([1], {"op": "remove", "path": "/-1"}),
    ([1], {"op": "remove", "path": f"/{'9' * 5_000}"}),
    ([], {"op": "remove", "path": "/0"}),
    ("text", {"op": "remove", "path": "/0"}),
]
UNREADABLE = [7, {}, {"op": "add", "path": "/a"}, {"op": "copy", "path": "/a"},
              {"op": "add", "path": "a", "value": 1}, {"op": "merge", "path": "/a", "value": 1},
              {"op": "remove", "path": None}]  # fmt: skip


@pytest.mark.parametrize(("before", "operations", "after"), DONE)
def test_operations_are_done_on_a_copy(before: Any, operations: list[Any], after: Any) -> None:
    told = repr(before), repr(operations)
    document = PatchedDocument(before, Work())
    document.apply(operations)
    assert document.value == after
    assert (repr(before), repr(operations)) == told


@pytest.mark.parametrize(("before", "operation"), UNPATCHABLE)
def test_what_the_document_does_not_allow_is_said(before: Any, operation: Any) -> None:
    with pytest.raises(Unpatchable, match=rf"^operation 0, {operation['op']} '/"):
        PatchedDocument(before, Work()).apply([operation])


@pytest.mark.parametrize("operation", UNREADABLE)
def test_what_is_no_operation_is_not_guessed_at(operation: Any) -> None:
    with pytest.raises(Unreadable):
        PatchedDocument({"a": 1}, Work()).apply([operation])
    with pytest.raises(Unreadable):
        PatchedDocument({"a": 1}, Work()).apply(operation)


def test_a_few_copies_that_double_a_document_each_are_not_paid_for() -> None:
    double = {"op": "copy", "from": "", "path": "/a"}
    work = Work()
    document = PatchedDocument({"a": 0, "b": 0}, work)
    with pytest.raises((Unreadable, RecursionError)):
        document.apply([double] * 5_000)
    long = PatchedDocument([0] * 64_000, Work(WORK_MAX))
    with pytest.raises(Unreadable):
        long.apply([{"op": "add", "path": "/0", "value": 1}] * 2_000)
