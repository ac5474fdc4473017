"""Every answer and every event is what the client's types and the description say it is."""

import copy

import pytest

from tests.drift.asking import Api, Heard, exchanges
from tests.drift.judging import PUBLISHED, deviations
from tests.drift.known import REASONS, reason_of
from tests.drift.page import PAGE, page
from tests.drift.real import differences, shapes
from tests.integration.mock_openai.conftest import serving


@pytest.fixture(scope="module")
def heard() -> list[Heard]:
    with serving() as served:
        return list(exchanges(Api(f"{served.url}/", "sk-any")))


needs_description = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="the published description lies beside the project, not in it"
)


def test_every_answer_and_event_has_all_fields_of_the_clients_types(heard: list[Heard]) -> None:
    found = deviations(heard, published=False)
    assert [deviation for deviation in found if reason_of(deviation) is None] == []


@needs_description
def test_every_answer_and_event_is_as_the_published_description_says(heard: list[Heard]) -> None:
    found = deviations(heard, published=True)
    assert [deviation for deviation in found if reason_of(deviation) is None] == []
    explained = {reason_of(deviation) for deviation in found}
    assert [reason for reason in REASONS if reason.why not in explained] == []


@needs_description
def test_the_page_of_deviations_is_fresh(heard: list[Heard]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(deviations(heard, published=True))


def test_every_event_type_of_text_tools_reasoning_and_refusals_was_seen(
    heard: list[Heard],
) -> None:
    events = {
        document["type"]
        for one in heard
        if one.kind == "ResponseStreamEvent"
        for document in one.documents
    }
    names = """created queued in_progress completed incomplete output_item.added output_item.done
    content_part.added content_part.done output_text.delta output_text.done refusal.delta
    refusal.done function_call_arguments.delta function_call_arguments.done reasoning_text.delta
    reasoning_text.done reasoning_summary_part.added reasoning_summary_part.done
    reasoning_summary_text.delta reasoning_summary_text.done"""
    assert events == {f"response.{name}" for name in names.split()}


def test_sequence_numbers_have_no_gap(heard: list[Heard]) -> None:
    streams = [one for one in heard if one.kind == "ResponseStreamEvent"]
    for one in streams:
        numbers = [document["sequence_number"] for document in one.documents]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), one.name


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("ChatCompletion", lambda document: document.pop("created")),
        ("ChatCompletion", lambda document: document["choices"][0].update(finish_reason="done")),
        ("ChatCompletionChunk", lambda document: document.update(extra=1)),
        ("ResponseStreamEvent", lambda document: document.pop("sequence_number")),
        ("Response", lambda document: document["output"].append({"type": "message"})),
    ],
)
def test_the_judges_see_what_is_wrong(heard: list[Heard], kind: str, spoil: object) -> None:
    one = next(one for one in heard if one.kind == kind)
    spoiled = Heard(one.name, kind, copy.deepcopy(one.documents[:1]))
    assert callable(spoil)
    spoil(spoiled.documents[0])
    found = deviations([spoiled], published=False)
    assert [deviation for deviation in found if reason_of(deviation) is None]


def test_shapes_of_two_servers_are_compared(heard: list[Heard]) -> None:
    ours = shapes(heard)
    theirs = copy.deepcopy(ours)
    assert list(differences(ours, theirs)) == []
    theirs["ChatCompletion"]["new"] = {"string"}
    theirs["ChatCompletion"]["created"] = {"string"}
    del theirs["ChatCompletion"]["usage.total_tokens"]
    del theirs["Model"]
    assert list(differences(ours, theirs)) == [
        "ChatCompletion: created: ['number'] here, ['string'] there",
        "ChatCompletion: new: only in the real API (string)",
        "ChatCompletion: usage.total_tokens: only in the mock",
        "Model: only the mock sends it",
    ]
