"""Habits of servers that speak chat completions in a way of their own: each a change of the
contract, with a name. What breaks strict clients is wrong, until somebody says that they accept it.

Lawful without any of these: comments, extra fields, `reasoning` and `reasoning_content`, a role in
each chunk, text in the finish, usage in any chunk, Azure's first chunk, errors amid the stream.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, Kind, Part
from tokentape.contract.contract_changes import (
    change_kind,
    change_life,
    goes_like,
    may_come,
    with_kind,
)
from tokentape.contract.life import Life
from tokentape.contract.openai import CHAT, CHUNK, CUTS, FINISH, FINISHES, ROLE, TEXT
from tokentape.contract.order import STREAM_END

Change: TypeAlias = Callable[[Contract], Contract]
_DELTA = "choices.0.delta"
_CALLS = f"{_DELTA}.tool_calls"
_NO_TEXT: Mapping[str, tuple[Json, ...]] = {TEXT: (None, ""), _CALLS: (None, [])}
_GOING_ON = ("opened", "answering", "finishing", "counted")
_STOPS = ("eos", "eos_token", "end_turn", "stop_sequence", "STOP", "COMPLETE")
_CUTS = ("max_tokens", "model_length", "MAX_TOKENS")
_WORDS = (*_STOPS, *_CUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One row: its name, what the server does, where that is known from, what changes."""

    name: str
    does: str
    source: str
    change: Change


def _filter_chunks(contract: Contract) -> Contract:
    contract = change_kind(contract, "filter-offsets", never=None)
    return may_come(contract, "filter-offsets", ("counted",))


def _empty_choices(contract: Contract) -> Contract:
    none: Mapping[str, tuple[Json, ...]] = {"choices": (None, [])}
    usage = Kind(name="bare-usage", one_of=none, has=("usage",))
    contract = with_kind(contract, usage, before="filter")
    contract = with_kind(contract, Kind(name="no-choices", where=CHUNK, one_of=none), before=None)
    contract = goes_like(contract, "usage", "bare-usage")
    contract = may_come(contract, "no-choices", _GOING_ON)
    return replace(contract, closed_before=(*contract.closed_before, "bare-usage"))


def _finish_twice(contract: Contract) -> Contract:
    """The same reason again, and no text with it."""
    finishes = ["whole", "call-whole", "finish", "cut", "call-finish"]
    for name in tuple(finishes):
        kind = contract.kind(name) or Kind(name=name)
        bare = replace(kind, name=f"bare-{name}", one_of={**kind.one_of, **_NO_TEXT})
        contract = goes_like(with_kind(contract, bare, before=name), name, bare.name)
        contract = change_life(contract, "choice", exits={"closed": {bare.name: "closed"}})
        if name.startswith("call"):
            over = {"over": {bare.name: "over"}}
            contract = change_life(contract, "calls of choice", exits=over)
        finishes.append(bare.name)
    reason = Life(
        name="finish of choice",
        key=contract.lives[0].key,
        may_stop_in=("over",),
        constant=(FINISH,),
        order=dict.fromkeys(("opened", "over"), dict.fromkeys(finishes, "over")),
    )
    return replace(contract, lives=(*contract.lives, reason))


def _usage_with_choice(contract: Contract) -> Contract:
    for name in ("role", "delta"):
        kind = contract.kind(name) or Kind(name=name)
        made = f"usage-{name}"
        late = replace(
            kind, name=made, has=(*kind.has, "usage"), one_of={**kind.one_of, **_NO_TEXT}
        )
        contract = goes_like(with_kind(contract, late, before=name), name, made)
        contract = change_life(contract, "choice", exits={"closed": {made: "closed"}})
    return contract


def _no_done(contract: Contract) -> Contract:
    return replace(
        contract,
        may_stop_in=(*contract.may_stop_in, "finishing", "counted"),
        closed_before=(*contract.closed_before, STREAM_END),
    )


def _no_role(contract: Contract) -> Contract:
    (choice,) = (life for life in contract.lives if life.name == "choice")
    return change_life(contract, "choice", exits={"opened": choice.order["open"]})


def _no_delta(contract: Contract) -> Contract:
    for kind in contract.kinds:
        if _DELTA in kind.fields:
            fields = {**kind.fields, _DELTA: "object??"}
            contract = change_kind(contract, kind.name, fields=fields)
    return contract


def _no_choice_index(contract: Contract) -> Contract:
    for life in contract.lives:
        key = (f"{life.key[0]}?", *life.key[1:])
        contract = change_life(contract, life.name, key=key)
    return contract


def _no_call_index(contract: Contract) -> Contract:
    (call,) = (life for life in contract.lives if life.name == "call")
    return change_life(contract, "call", key=(call.key[0], "index?"))


def _no_call_type(contract: Contract) -> Contract:
    def change(part: Part) -> Part:
        kinds = [
            replace(kind, fields={**kind.fields, "type": "string??"})
            if "type" in kind.fields
            else kind
            for kind in part.kinds
        ]
        return Part(of=part.of, kinds=tuple(kinds))

    kinds = [replace(kind, parts=tuple(map(change, kind.parts))) for kind in contract.kinds]
    return replace(contract, kinds=tuple(kinds))


def _empty_call_id(contract: Contract) -> Contract:
    def change(part: Part) -> Part:
        kinds = [
            replace(kind, none_of={"function.name": ()}) if kind.name == "call" else kind
            for kind in part.kinds
        ]
        return Part(of=part.of, kinds=tuple(kinds))

    kinds = [replace(kind, parts=tuple(map(change, kind.parts))) for kind in contract.kinds]
    return replace(contract, kinds=tuple(kinds))


def _stop_after_call(contract: Contract) -> Contract:
    lives = [life for life in contract.lives if life.name != "choice that calls"]
    return replace(contract, lives=tuple(lives))


def _own_finish_words(contract: Contract) -> Contract:
    words = {"finish": _STOPS, "cut": _CUTS, "whole": _WORDS}
    for name, more in {**words, **{f"bare-{name}": more for name, more in words.items()}}.items():
        if (kind := contract.kind(name)) is not None:
            known = {**kind.one_of, FINISH: (*kind.one_of[FINISH], *more)}
            contract = change_kind(contract, name, one_of=known)
    cut = {FINISH: (*CUTS, *_CUTS)}
    channels = [
        replace(one, excused_by=cut) if one.excused_by else one for one in contract.channels
    ]
    contract = replace(contract, channels=tuple(channels))
    failed = contract.kind("failed-finish") or Kind(name="failed-finish")
    good = {FINISH: (*failed.none_of[FINISH], *_WORDS)}
    return change_kind(contract, "failed-finish", none_of=good)


def _content_parts(contract: Contract) -> Contract:
    part = Part(
        of=TEXT,
        kinds=(Kind(name="text-part", where={"type": "text"}, pieces={"text": "text"}),),
    )
    first = f"{TEXT}.0"
    parts = Kind(
        name="parts",
        where=CHUNK,
        has=(first,),
        none_of={f"{first}.type": ()},
        text=f"{first}.text",
        parts=(part,),
    )
    nothing = Kind(name="no-parts", where=CHUNK, one_of={TEXT: ([],)})
    contract = with_kind(
        contract, replace(nothing, name="role-no-parts", has=(ROLE,)), before="role"
    )
    for kind, name in ((parts, "chunk"), (nothing, "chunk")):
        contract = goes_like(with_kind(contract, kind, before="chunk"), name, kind.name)
    contract = goes_like(contract, "role", "role-no-parts")
    role = replace(parts, name="role-parts", has=(*parts.has, ROLE))
    return goes_like(with_kind(contract, role, before="role"), "role", "role-parts")


def _loose_object(contract: Contract) -> Contract:
    for kind in contract.kinds:
        # What has no choices and no name either may be anything, an error too.
        if kind.where.get("object") == CHUNK["object"] and kind.name != "no-choices":
            where = {path: value for path, value in kind.where.items() if path != "object"}
            contract = change_kind(contract, kind.name, where=where)
    return contract


def _whole_at_end(contract: Contract) -> Contract:
    whole = Kind(
        name="whole-answer",
        where={"object": "chat.completion"},
        has=("choices.0.message",),
        wholes={"text": "choices.0.message.content"},
    )
    contract = with_kind(contract, whole, before="choice-error")
    order = {**contract.order, "finishing": {**contract.order["finishing"], whole.name: "counted"}}
    return replace(contract, order=order, closed_before=(*contract.closed_before, whole.name))


def _concise(contract: Contract) -> Contract:
    thoughts = ("chat.reasoning", "chat.reasoning.done")
    thought = Kind(
        name="thought", one_of={"object": thoughts}, has=(_DELTA,), pieces={"text": TEXT}
    )
    done = Kind(
        name="answer-done",
        where={"object": "chat.completion.done"},
        one_of={FINISH: FINISHES},
        pieces={"text": TEXT},
        wholes={"text": "choices.0.message.content"},
    )
    for kind, like in ((thought, "role"), (done, "whole")):
        contract = goes_like(with_kind(contract, kind, before="whole"), like, kind.name)
    return contract


def _pings(contract: Contract) -> Contract:
    for kind in (Kind(name="ping", event="ping"), Kind(name="typed-ping", where={"type": "ping"})):
        contract = with_kind(contract, kind, before="error-object")
        contract = may_come(contract, kind.name, _GOING_ON)
    return contract


HABITS: Sequence[Habit] = (
    Habit(
        name="filter-chunks",
        does="Chunks of an asynchronous content filter, without a delta.",
        source="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming",
        change=_filter_chunks,
    ),
    Habit(
        name="empty-choices",
        does="Chunks with no choice amid the answer, or usage without `choices: []`.",
        source="https://platform.openai.com/docs/api-reference/chat-streaming",
        change=_empty_choices,
    ),
    Habit(
        name="finish-twice",
        does="The same finish again in a chunk without text, often with the usage.",
        source="https://github.com/sgl-project/sglang/issues/8417",
        change=_finish_twice,
    ),
    Habit(
        name="usage-with-choice",
        does="The usage behind the finish, with a choice that says nothing.",
        source="https://openrouter.ai/docs/api_reference/streaming",
        change=_usage_with_choice,
    ),
    Habit(
        name="usage-per-choice",
        does="Usage in each chunk, counted for its choice alone.",
        source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        change=lambda contract: replace(contract, counters=()),
    ),
    Habit(
        name="no-done",
        does="The stream ends behind the finish, without `[DONE]`.",
        source="https://docs.perplexity.ai/docs/sonar/pro-search/stream-mode",
        change=_no_done,
    ),
    Habit(
        name="no-role",
        does="The first chunk of a choice names no role.",
        source="https://ai.google.dev/gemini-api/docs/openai",
        change=_no_role,
    ),
    Habit(
        name="no-delta",
        does="The finish has no delta, or null in its place.",
        source="https://github.com/maximhq/bifrost/pull/5878",
        change=_no_delta,
    ),
    Habit(
        name="no-choice-index",
        does="Choices without `index`.",
        source="https://github.com/vercel/ai/issues/4031",
        change=_no_choice_index,
    ),
    Habit(
        name="no-call-index",
        does="Tool calls without `index`: right for one call, two can't be told apart.",
        source="https://github.com/openai/openai-python/issues/2806",
        change=_no_call_index,
    ),
    Habit(
        name="no-call-type",
        does="Tool calls without `type`, or null in its place.",
        source="https://github.com/vercel/ai/pull/12901",
        change=_no_call_type,
    ),
    Habit(
        name="empty-call-id",
        does="Tool calls whose id is empty.",
        source="https://github.com/aaif-goose/goose/issues/6796",
        change=_empty_call_id,
    ),
    Habit(
        name="stop-after-call",
        does="`stop` behind a tool call that the request did not force.",
        source="https://github.com/googleapis/python-genai/issues/2868",
        change=_stop_after_call,
    ),
    Habit(
        name="own-finish-words",
        does=f"Words of their own for a good finish: {', '.join(_WORDS)}.",
        source="https://huggingface.co/docs/text-generation-inference/messages_api",
        change=_own_finish_words,
    ),
    Habit(
        name="null-finish",
        does="`finish_reason` is the word `null` until the end.",
        source="https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference/",
        change=lambda contract: change_kind(contract, "null-finish", never=None),
    ),
    Habit(
        name="content-parts",
        does="`content` is a list of parts; its text is that of the parts of type `text`.",
        source="https://docs.mistral.ai/capabilities/reasoning/",
        change=_content_parts,
    ),
    Habit(
        name="loose-object",
        does="`object` is absent, or another word.",
        source="https://github.com/mistralai/client-python/issues/16",
        change=_loose_object,
    ),
    Habit(
        name="loose-id",
        does="Each chunk has an id of its own.",
        source="https://platform.openai.com/docs/api-reference/chat-streaming",
        change=lambda contract: replace(contract, run=None),
    ),
    Habit(
        name="loose-created",
        does="`created` is the time of the chunk, not of the answer.",
        source="https://github.com/ollama/ollama/blob/main/openai/openai.go",
        change=lambda contract: replace(contract, steady=("model",)),
    ),
    Habit(
        name="whole-at-end",
        does="The last frame is a whole `chat.completion`: its text has to be that of the pieces.",
        source="https://github.com/GCWing/OpenBitFun/issues/792",
        change=_whole_at_end,
    ),
    Habit(
        name="concise",
        does="Objects for each stage: `chat.reasoning`, its `.done`, chunks, and"
        " `chat.completion.done` with the whole text, which has to be that of the pieces.",
        source="https://docs.perplexity.ai/docs/sonar/pro-search/stream-mode",
        change=_concise,
    ),
    Habit(
        name="pings",
        does="`event: ping`, or `type: ping`, wherever it comes.",
        source="https://docs.anthropic.com/en/docs/build-with-claude/streaming",
        change=_pings,
    ),
)


def accepting(names: Iterable[str], contract: Contract = CHAT) -> Contract:
    """The contract that calls these habits right. Raises `KeyError` for a name of none."""
    known = {habit.name: habit for habit in HABITS}
    chosen = frozenset(known[name].name for name in names)
    return _chat_with(chosen) if contract is CHAT else _with(contract, chosen)


@lru_cache(256)
def _chat_with(chosen: frozenset[str]) -> Contract:
    return _with(CHAT, chosen)


def _with(contract: Contract, chosen: frozenset[str]) -> Contract:
    for habit in HABITS:
        if habit.name in chosen:
            contract = habit.change(contract)
    return contract
