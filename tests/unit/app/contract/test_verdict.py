"""The judge: silent on right timelines, and each kind of violation is provoked and placed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.app.check.speakers import BY_KEY, Wire, ai_chat_sse, ai_gateway, openai_chat
from tokentape.contract.contract import Contract, Json, Kind
from tokentape.contract.integrity import Difference
from tokentape.contract.openai import CHAT, OPENAI
from tokentape.contract.openai_responses import RESPONSES
from tokentape.contract.timeline import Malformed, Seen, see
from tokentape.contract.verdict import Expectation, Verdict, judge
from tokentape.contract.violations import VIOLATION_KINDS, Violation
from tokentape.dialects.contracts import CONTRACTS

MS = 1_000_000
WORDS = ["Rain ", "is ", "on ", "its ", "way."]
TEXT = "".join(WORDS)
DUE = Expectation(text=TEXT, outcome="completed")

SAID_ELSEWHERE = {
    # A timeline can't show these: a viewer sees them before there is one, or by the mock's ledger.
    "wrong_content_type",
    "buffered",
    "refused",
    # These are of things with a life of their own: test_ag_ui.py and those beside it.
    "left_open",
    "field_wrong",
    "not_json",
    "counter_fell",
}

SPEAKERS = {key: BY_KEY[key] for key in ("ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio")}
each_dialect = pytest.mark.parametrize("key", SPEAKERS)
each_outcome = pytest.mark.parametrize("outcome", ["completed", "stopped", "failed"])


def timeline_of(contract: Contract, wire: Wire) -> list[Seen]:
    """The wire as a client sees it, 20 ms apart, each event with its run and number."""
    return [
        see(
            contract,
            event,
            {**payload, "runId": "r", "seq": seq} if isinstance(payload, dict) else payload,
            at_ns=(seq + 1) * 20 * MS,
        )
        for seq, (event, payload) in enumerate(wire)
    ]


def kinds_of(verdict: Verdict) -> list[tuple[str, int]]:
    return [(violation.kind, violation.index) for violation in verdict.violations]


@each_dialect
@given(data=st.data())
def test_right_stream_is_right_however_its_text_is_cut(key: str, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.text(max_size=8), max_size=20))
    contract = CONTRACTS[key]
    timeline = timeline_of(contract, SPEAKERS[key](words, "completed"))
    verdict = judge(
        contract,
        timeline,
        0,
        Expectation(
            text="".join(words), outcome="completed", max_first_token_ms=1000, max_gap_ms=1000
        ),
    )
    assert verdict.right, verdict.violations
    assert verdict.text == "".join(words)


@each_dialect
@each_outcome
def test_verdict_tells_how_the_answer_ended(key: str, outcome: str) -> None:
    contract = CONTRACTS[key]
    verdict = judge(contract, timeline_of(contract, SPEAKERS[key](WORDS, outcome)), 0)
    assert verdict.right
    assert (verdict.contract, verdict.outcome) == (key, outcome)
    assert verdict.code == ("UPSTREAM_LOST" if outcome == "failed" else None)
    assert verdict.text == TEXT


@each_dialect
def test_lone_refusal_is_in_order(key: str) -> None:
    contract = CONTRACTS[key]
    refusal = SPEAKERS[key]([], "failed")[-1:]
    assert judge(contract, timeline_of(contract, refusal), 0).right


@each_dialect
@pytest.mark.parametrize("outcome", ["stopped", "failed"])
def test_answer_that_was_broken_off_may_lack_its_end_but_no_middle(key: str, outcome: str) -> None:
    contract = CONTRACTS[key]
    due = Expectation(text=TEXT)
    begun = timeline_of(contract, SPEAKERS[key](WORDS[:3], outcome))
    assert judge(contract, begun, 0, due).right
    holed = timeline_of(contract, SPEAKERS[key]([*WORDS[:1], *WORDS[2:3]], outcome))
    assert [v.kind for v in judge(contract, holed, 0, due).violations] == ["text_lost"]


def test_events_without_run_and_number_are_not_judged_on_them() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    timeline = [
        see(contract, event, payload, at_ns=1) for event, payload in ai_chat_sse(WORDS, "completed")
    ]
    assert judge(contract, timeline, 0, DUE).right


def test_resumed_stream_is_right_when_it_goes_on_after_the_last_number() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    rest = timeline_of(contract, ai_chat_sse(WORDS, "completed"))[3:]
    assert judge(contract, rest, 0, Expectation(first_seq=3)).right
    assert kinds_of(judge(contract, rest, 0, Expectation(first_seq=2))) == [("seq_gap", 0)]
    again = judge(contract, rest, 0, Expectation(first_seq=4))
    assert kinds_of(again) == [("seq_duplicate", 0)]


@dataclass(frozen=True, slots=True)
class Damage:
    """A right timeline made wrong, and all that the judge must say of it: kinds and places."""

    to: Callable[[list[Seen]], list[Seen]]
    found: list[tuple[str, int]]
    key: str = "ai-chat/sse"
    due: Expectation = DUE


def say(timeline: list[Seen], place: int, text: str) -> list[Seen]:
    return [*timeline[:place], replace(timeline[place], text=text), *timeline[place + 1 :]]


def number(timeline: list[Seen], *seqs: int) -> list[Seen]:
    return [replace(seen, seq=seq) for seen, seq in zip(timeline, seqs, strict=True)]


def alter(timeline: list[Seen], place: int, **fields: Json) -> list[Seen]:
    seen = timeline[place]
    changed = replace(seen, payload={**seen.payload, **fields})
    return [*timeline[:place], changed, *timeline[place + 1 :]]


def delay(timeline: list[Seen], place: int, ms: int) -> list[Seen]:
    late = [replace(seen, at_ns=seen.at_ns + ms * MS) for seen in timeline[place:]]
    return [*timeline[:place], *late]


BROKEN = see(CONTRACTS["ai-chat/sse"], "", Malformed("{", "not JSON: …"), at_ns=50 * MS)
STRANGER = see(CONTRACTS["ai-chat/sse"], "", {"hello": "world"}, at_ns=50 * MS)
FAILURE = see(CONTRACTS["ai-chat/sse"], "", {"error": "no", "code": "INTERNAL"}, at_ns=50 * MS)
LIMITS = Expectation(text=TEXT, outcome="completed", max_first_token_ms=100, max_gap_ms=50)

# Over `ai-chat`, events 0 to 4 are WORDS and event 5 is the end.
DAMAGE: dict[str, Damage] = {
    "out_of_order": Damage(
        lambda t: number([t[1], t[0], *t[2:]], *range(len(t))),
        [("out_of_order", 1)],
        key="ai-gateway/socketio",
    ),
    "event_after_end": Damage(lambda t: [*t, STRANGER], [("event_after_end", 6)]),
    "missing_end": Damage(lambda t: t[:-1], [("missing_end", 5)]),
    "second_end": Damage(lambda t: [*t, replace(t[-1], seq=6)], [("second_end", 6)]),
    "seq_gap": Damage(lambda t: number(t, 0, 1, 3, 4, 5, 6), [("seq_gap", 2)]),
    "seq_duplicate": Damage(
        lambda t: [*t[:3], replace(t[2], text=""), *t[3:]], [("seq_duplicate", 3)]
    ),
    "seq_reordered": Damage(lambda t: number(t, 0, 1, 3, 2, 4, 5), [("seq_reordered", 3)]),
    "text_lost": Damage(lambda t: say(t, 2, ""), [("text_lost", 3)]),
    "text_repeated": Damage(lambda t: number([*t[:3], *t[2:]], *range(7)), [("text_repeated", 3)]),
    "text_reordered": Damage(
        lambda t: say(say(t, 2, WORDS[3]), 3, WORDS[2]), [("text_reordered", 2)]
    ),
    "text_altered": Damage(lambda t: say(t, 2, "no "), [("text_altered", 2)]),
    "accumulated_mismatch": Damage(
        lambda t: alter(t, 5, response="Rain is"),
        [("accumulated_mismatch", 5)],
        key="ai-chat/socketio",
    ),
    "id_changed": Damage(lambda t: alter(t, 2, sessionId="other"), [("id_changed", 2)]),
    "malformed_frame": Damage(lambda t: [*t[:2], BROKEN, *t[2:]], [("malformed_frame", 2)]),
    "first_token_late": Damage(lambda t: delay(t, 0, 90), [("first_token_late", 0)], due=LIMITS),
    "stalled": Damage(lambda t: delay(t, 3, 31), [("stalled", 3)], due=LIMITS),
    "failed": Damage(lambda t: [*t[:2], FAILURE], [("failed", 2)]),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_violation_is_named_at_its_place_and_alone(kind: str) -> None:
    damage = DAMAGE[kind]
    contract = CONTRACTS[damage.key]
    timeline = timeline_of(contract, SPEAKERS[damage.key](WORDS, "completed"))
    assert judge(contract, timeline, 0, damage.due).right
    verdict = judge(contract, damage.to(timeline), 0, damage.due)
    assert not verdict.right
    assert kinds_of(verdict) == damage.found
    assert damage.found[0][0] == kind


@pytest.mark.parametrize("key", SPEAKERS)
def test_silence_before_the_end_is_a_stall_on_every_dialect(key: str) -> None:
    contract = CONTRACTS[key]
    timeline = timeline_of(contract, SPEAKERS[key](WORDS, "completed"))
    end = next(index for index, seen in enumerate(timeline) if seen.end)
    late = judge(contract, delay(timeline, end, 51), 0, replace(LIMITS, max_first_token_ms=None))
    assert kinds_of(late) == [("stalled", end)]


def test_silence_behind_the_text_is_a_stall_wherever_it_is_before_the_end() -> None:
    timeline = timeline_of(CHAT, openai_chat(WORDS, "completed"))
    text = max(place for place, seen in enumerate(timeline) if seen.text)
    assert timeline[text + 2].end
    for place in (text + 1, text + 2):
        late = judge(CHAT, delay(timeline, place, 51), 0, Expectation(max_gap_ms=50))
        assert kinds_of(late) == [("stalled", place)]


def test_every_violation_that_a_timeline_can_show_is_provoked_here() -> None:
    assert set(DAMAGE) | SAID_ELSEWHERE == set(VIOLATION_KINDS)


def test_run_that_changes_its_id_is_noticed_on_every_dialect() -> None:
    for key, speak in SPEAKERS.items():
        contract = CONTRACTS[key]
        timeline = alter(timeline_of(contract, speak(WORDS, "completed")), 3, runId="other")
        assert kinds_of(judge(contract, timeline, 0, DUE)) == [("id_changed", 3)]


@pytest.mark.parametrize("key", SPEAKERS)
@pytest.mark.parametrize(("count", "ends"), [(1, False), (3, False), (1, True)])
def test_what_belongs_to_another_answer_is_told_once_and_spoils_nothing(
    key: str, count: int, *, ends: bool
) -> None:
    contract = CONTRACTS[key]
    mine = timeline_of(contract, SPEAKERS[key](WORDS, "completed"))
    other = timeline_of(contract, SPEAKERS[key](["Sun ", *WORDS, "Now"], "completed"))
    begun = [replace(alter(other, at, runId="other")[at], run="other") for at in range(len(other))]
    stray = begun[-1:] if ends else begun[4 : 4 + count]
    verdict = judge(contract, [*mine[:3], *stray, *mine[3:]], 0, DUE)
    assert kinds_of(verdict) == [("id_changed", 3 + n) for n in range(count)]
    assert "of run 'other' came amid run 'r'" in verdict.violations[0].message
    lost = judge(contract, [*mine[:3], *stray, *mine[4:]], 0, DUE)
    assert kinds_of(lost) == [*kinds_of(verdict), ("seq_gap", 3 + count)]


def test_answer_that_stopped_where_it_should_complete_is_out_of_order() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    verdict = judge(contract, timeline_of(contract, ai_chat_sse(WORDS, "stopped")), 0, DUE)
    assert [str(violation) for violation in verdict.violations] == [
        "out_of_order at event 5 at 120.0 ms: the answer ended as stopped, completed was due"
    ]


def test_silence_is_a_missing_end_and_lacks_no_text_besides() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    verdict = judge(contract, [], 7, DUE)
    assert verdict.violations == (
        Violation("missing_end", 0, None, "the stream ended without a terminal event"),
    )
    assert (verdict.outcome, verdict.code, verdict.text) == (None, None, "")


def test_violations_come_in_the_order_of_the_timeline() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    timeline = timeline_of(contract, ai_chat_sse([*WORDS[:3], "on ", *WORDS[3:]], "completed"))
    again = replace(timeline[0], text="")
    verdict = judge(contract, [*timeline[:5], STRANGER, *timeline[6:], again], 0, DUE)
    assert kinds_of(verdict) == [
        ("text_repeated", 3),
        ("out_of_order", 5),
        ("seq_gap", 6),
        ("event_after_end", 7),
    ]


def test_message_says_what_came_and_what_was_due() -> None:
    contract = CONTRACTS["ai-gateway/socketio"]
    timeline = [
        replace(seen, seq=None) for seen in timeline_of(contract, ai_gateway(WORDS, "completed"))
    ]
    verdict = judge(contract, [timeline[2], *timeline[:2], *timeline[3:]], 0)
    assert str(verdict.violations[0]) == (
        "out_of_order at event 0 at 60.0 ms: chat:message came where only chat:conversation, "
        "chat:user-message, chat:error may come"
    )


def test_unknown_frame_is_told_by_what_it_lacks() -> None:
    contract = OPENAI["openai"]
    chunk = {"object": "chunk", "choices": [{"index": 0, "delta": {}}]}
    verdict = judge(contract, [see(contract, "", chunk, at_ns=MS)], 0)
    assert verdict.violations[0].message.startswith(
        "an unknown frame (like delta, but object is 'chunk', not 'chat.completion.chunk') came"
    )


def test_row_of_alike_missteps_is_told_once() -> None:
    contract = CONTRACTS["ai-gateway/socketio"]
    wire = ai_gateway(WORDS, "completed")
    timeline = [
        replace(seen, seq=None, text=None) for seen in timeline_of(contract, [*wire[2:-1], *wire])
    ]
    verdict = judge(contract, timeline, 0)
    assert [v.kind for v in verdict.violations] == ["out_of_order"]
    assert verdict.violations[0].message.endswith("may come, and so did 4 more")


def test_accumulated_text_that_goes_wrong_once_is_told_once() -> None:
    kinds = (
        Kind(name="chunk", event="chunk", text="content", accumulated="all"),
        Kind(name="end", event="end", end="completed"),
    )
    contract = replace(
        CONTRACTS["ai-chat/socketio"],
        kinds=kinds,
        order={"opened": {"chunk": "opened", "end": "closed"}, "closed": {}},
    )

    def found(*said: tuple[str, str]) -> list[tuple[str, int]]:
        wire: Wire = [("chunk", {"content": one, "all": both}) for one, both in said]
        return kinds_of(judge(contract, timeline_of(contract, [*wire, ("end", {})]), 0))

    assert found(("a", "a"), ("b", "ab"), ("c", "abc")) == []
    assert found(("a", "a"), ("b", "XX"), ("c", "abc")) == [("accumulated_mismatch", 1)]
    assert found(("a", "a"), ("b", "aXb"), ("c", "aXbc")) == [("accumulated_mismatch", 1)]


def test_what_was_noticed_elsewhere_is_part_of_the_verdict() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    timeline = timeline_of(contract, ai_chat_sse(WORDS, "completed"))
    noticed = [Difference("wrong_content_type", 0, "text/html")]
    assert kinds_of(judge(contract, timeline, 0, DUE, noticed)) == [("wrong_content_type", 0)]


# One thing went wrong on the wire, numbers and all: all symptoms are one violation.
ONE_FAULT: dict[str, Damage] = {
    "lost": Damage(lambda t: [*t[:2], *t[3:]], [("seq_gap", 2)]),
    "last text lost": Damage(lambda t: [*t[:4], *t[5:]], [("seq_gap", 4)]),
    "doubled": Damage(lambda t: [*t[:3], *t[2:]], [("seq_duplicate", 3)]),
    "swapped": Damage(lambda t: [*t[:2], t[3], t[2], *t[4:]], [("seq_reordered", 3)]),
    "garbled": Damage(
        lambda t: [*t[:2], replace(BROKEN, text=None), *t[3:]], [("malformed_frame", 2)]
    ),
    "last text garbled": Damage(
        lambda t: [*t[:4], replace(BROKEN, text=None), *t[5:]], [("malformed_frame", 4)]
    ),
    "end doubled": Damage(lambda t: [*t, t[-1]], [("second_end", 6)]),
    "opening lost": Damage(lambda t: t[1:], [("seq_gap", 0)], key="ai-gateway/socketio"),
    "opening lost unnumbered": Damage(
        lambda t: number([t[0], *t[2:]], *range(len(t) - 1)),
        [("out_of_order", 1)],
        key="ai-gateway/socketio",
    ),
    "pieces lost that the whole has": Damage(
        lambda t: number([*t[:2], *t[3:]], *range(len(t) - 1)),
        [("text_lost", 2)],
        key="ai-chat/socketio",
    ),
    "lost that the whole has": Damage(
        lambda t: [*t[:2], *t[3:]], [("seq_gap", 2)], key="ai-chat/socketio"
    ),
}


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_one_fault_is_one_violation(fault: str) -> None:
    damage = ONE_FAULT[fault]
    contract = CONTRACTS[damage.key]
    timeline = timeline_of(contract, SPEAKERS[damage.key](WORDS, "completed"))
    assert kinds_of(judge(contract, damage.to(timeline), 0, damage.due)) == damage.found


@each_dialect
@given(data=st.data())
def test_no_single_lost_doubled_or_swapped_event_goes_unseen(key: str, data: st.DataObject) -> None:
    contract = CONTRACTS[key]
    right = timeline_of(contract, SPEAKERS[key](WORDS, "completed"))
    place = data.draw(st.integers(0, len(right) - 1), label="place")
    damage = data.draw(st.sampled_from(["lose", "double", "swap"]), label="damage")
    wrong = {
        "lose": right[:place] + right[place + 1 :],
        "double": right[: place + 1] + right[place:],
        "swap": right[:place] + right[place : place + 2][::-1] + right[place + 2 :],
    }[damage]
    verdict = judge(contract, wrong, 0, DUE)
    assert verdict.right == (wrong == right)


@given(data=st.data())
def test_any_timeline_gets_a_verdict_and_the_same_one_twice(data: st.DataObject) -> None:
    contract = CONTRACTS[data.draw(st.sampled_from(sorted(CONTRACTS)))]
    scraps = st.one_of(
        st.none(),
        st.text(max_size=5),
        st.builds(Malformed, st.text(max_size=5), st.just("not JSON")),
        st.dictionaries(
            st.sampled_from(["content", "done", "stopped", "error", "response", "runId", "seq"]),
            st.none() | st.booleans() | st.integers(-3, 9) | st.text(max_size=3),
        ),
    )
    events = st.sampled_from(["", *(kind.event or "" for kind in contract.kinds)])
    frames = data.draw(st.lists(st.tuples(events, scraps), max_size=8))
    timeline = [see(contract, event, payload, at_ns=1) for event, payload in frames]
    assert judge(contract, timeline, 0, LIMITS) == judge(contract, timeline, 0, LIMITS)


def test_what_goes_together_goes_together_to_the_end() -> None:
    def deltas(*indexes: int) -> list[Seen]:
        told = [
            {
                "type": "response.output_text.delta",
                "delta": "x",
                "item_id": f"i{n}",
                "output_index": at,
            }
            for n, at in enumerate(indexes)
        ]
        again = [{**one, "output_index": at} for one, at in zip(told, indexes, strict=True)]
        return [see(RESPONSES, "", one, at_ns=MS) for one in (*told, *again)]

    def changed(timeline: list[Seen]) -> list[tuple[str, int]]:
        found = kinds_of(judge(RESPONSES, timeline, 0))
        return [one for one in found if one[0] == "id_changed"]

    right = deltas(0, 1, 2)
    assert changed(right) == []
    assert changed(alter(right, 4, output_index=7)) == [("id_changed", 4)]


def test_who_hung_up_is_owed_no_end() -> None:
    contract = CONTRACTS["ai-chat/sse"]
    begun = timeline_of(contract, ai_chat_sse(WORDS, "completed"))[:3]
    hung_up = Expectation(text=TEXT, hung_up=True)
    assert judge(contract, begun, 0, hung_up).right
    wrong = say(begun, 1, "not ")
    assert [kind for kind, _ in kinds_of(judge(contract, wrong, 0, hung_up))] == ["text_altered"]
