"""The response object of `/v1/responses`, and the items of its output."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mock_openai.endpoints.segments import Segment, segments_of
from mock_openai.request.parsed_request import ParsedRequest, named_conversation
from mock_openai.scenarios.answer import Answer, Choice
from mock_openai.scenarios.parts import Kind
from mock_openai.scenarios.scenario import FAILED
from mock_openai.text.logprobs import TokenLogprobs

_SECOND_NS = 1_000_000_000
_ECHOED = ("prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user", "prompt")
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


_ERROR = {"code": "server_error", "message": "The model failed to generate a response."}
_NOTHING = Segment("content", "", 0, 0)


class Item(NamedTuple):
    """One item of the output; only a message has more than one segment."""

    id: str
    kind: Kind
    segments: tuple[Segment, ...]


def items_of(choice: Choice, key: str) -> list[Item]:
    """The output: texts and refusals next to each other are one message."""
    groups: list[list[Segment]] = []
    for segment in segments_of(choice) or [_NOTHING]:
        is_spoken = segment.kind in _MESSAGE_KINDS
        if groups and is_spoken and groups[-1][-1].kind in _MESSAGE_KINDS:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return [
        Item(f"{_PREFIXES[group[0].kind]}_{key}{number:02}", group[0].kind, tuple(group))
        for number, group in enumerate(groups)
    ]


_MESSAGE_KINDS = ("content", "refusal")
_PREFIXES: dict[Kind, str] = {
    "content": "msg", "refusal": "msg", "reasoning": "rs", "tool": "fc",
}  # fmt: skip


def output(request: ParsedRequest, answer: Answer) -> list[dict[str, Any]]:
    """The items of the first choice; the last is incomplete where the answer is."""
    choice = answer.choices[0]
    items = items_of(choice, answer.key)
    ending = len(items) - 1 if choice.finish in _INCOMPLETE else -1
    return [
        item_object(request, answer, item, "incomplete" if i == ending else "completed")
        for i, item in enumerate(items)
    ]


def item_object(request: ParsedRequest, answer: Answer, item: Item, status: str) -> dict[str, Any]:
    """In progress, an item is still empty."""
    begun = status == "in_progress"
    if item.kind == "tool":
        [call] = item.segments
        if call.name in request.custom_tools:
            return {
                "id": item.id,
                "type": "custom_tool_call",
                "input": "" if begun else call.text,
                "call_id": f"call_{call.key}",
                "name": call.name,
            }
        return {
            "id": item.id,
            "type": "function_call",
            "status": status,
            "arguments": "" if begun else call.text,
            "call_id": f"call_{call.key}",
            "name": call.name,
        }
    contents = [] if begun else [content_object(answer, one) for one in item.segments]
    if item.kind == "reasoning":
        fields: dict[str, Any] = {"id": item.id, "type": "reasoning", "summary": []}
        fields["summary" if summarized(request) else "content"] = (
            [{"type": "summary_text", "text": one["text"]} for one in contents]
            if summarized(request)
            else contents
        )
        if "reasoning.encrypted_content" in (request.body.get("include") or ()):
            fields["encrypted_content"] = answer.key * 4
        return fields
    return {
        "id": item.id,
        "type": "message",
        "status": status,
        "content": contents,
        "role": "assistant",
    }


def summarized(request: ParsedRequest) -> bool:
    """Whether reasoning is told as a summary, or as it was thought."""
    reasoning = request.body.get("reasoning") or {}
    return any(reasoning.get(key) for key in ("summary", "generate_summary"))


def content_object(answer: Answer, segment: Segment, *, begun: bool = False) -> dict[str, Any]:
    """A part of a message or a thought; begun: still empty."""
    text = "" if begun else segment.text
    if segment.kind == "refusal":
        return {"type": "refusal", "refusal": text}
    if segment.kind == "reasoning":
        return {"type": "reasoning_text", "text": text}
    logprobs = [] if begun else full_logprobs(answer, segment)
    return {"type": "output_text", "annotations": [], "logprobs": logprobs, "text": text}


def full_logprobs(answer: Answer, segment: Segment) -> list[dict[str, Any]]:
    """As the finished object has them: with bytes."""
    if not answer.likely:
        return []
    return [
        {**_token(one.token, one.logprob), "top_logprobs": [_token(*top) for top in one.tops]}
        for timed, tokens in zip(answer.timed_chunks, answer.likely, strict=True)
        if segment.first <= timed.part < segment.last
        for one in tokens
    ]


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "bytes": list(token.encode()), "logprob": logprob}


def short_logprobs(tokens: Sequence[TokenLogprobs]) -> list[dict[str, Any]]:
    """As the events of a stream have them: without bytes."""
    return [
        {
            "token": one.token,
            "logprob": one.logprob,
            "top_logprobs": [{"token": t, "logprob": p} for t, p in one.tops],
        }
        for one in tokens
    ]


def final_status(answer: Answer) -> str:
    """`completed`, `incomplete` or `failed`."""
    if answer.failed:
        return FAILED
    return "incomplete" if answer.choices[0].finish in _INCOMPLETE else "completed"


def response_object(request: ParsedRequest, answer: Answer, status: str) -> dict[str, Any]:
    """With output and usage only when it is over."""
    body = request.body
    over = status in ("completed", "incomplete")
    reason = _INCOMPLETE.get(answer.choices[0].finish) if status == "incomplete" else None
    reasoning = body.get("reasoning") or {}
    text = body.get("text") or {}
    fields = {
        "id": f"resp_{answer.key}",
        "object": "response",
        "created_at": answer.created,
        "status": status,
        "background": body.get("background") or False,
        "completed_at": answer.created + -(-answer.last_ns // _SECOND_NS) if over else None,
        "error": _ERROR if status == FAILED else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "model": answer.model,
        "output": output(request, answer) if over else [],
        "parallel_tool_calls": request.parallel,
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "service_tier": "default",
        "store": body.get("store") is not False,
        "temperature": _or(body.get("temperature"), 1.0),
        "text": {
            "format": _format(text.get("format") or {"type": "text"}),
            "verbosity": text.get("verbosity") or "medium",
        },
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": [_tool(tool) for tool in body.get("tools") or ()],
        "top_logprobs": body.get("top_logprobs") or 0,
        "top_p": _or(body.get("top_p"), 1.0),
        "truncation": body.get("truncation") or "disabled",
        "usage": usage(answer) if over else None,
        "metadata": body.get("metadata") or {},
    }
    conversation = named_conversation(body)
    if conversation is not None:
        fields["conversation"] = {"id": conversation}
    fields.update({name: body[name] for name in _ECHOED if body.get(name) is not None})
    return fields


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _format(given: dict[str, Any]) -> dict[str, Any]:
    if given["type"] != "json_schema":
        return {"type": given["type"]}
    fields = {
        "type": "json_schema",
        "name": given["name"],
        "schema": given["schema"],
        "strict": given.get("strict") or False,
    }
    if given.get("description") is not None:
        fields["description"] = given["description"]
    return fields


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if tool["type"] != "function":
        return tool
    return {
        "type": "function",
        "description": tool.get("description"),
        "name": tool["name"],
        "parameters": tool.get("parameters"),
        "strict": tool.get("strict") is not False,
    }


def usage(answer: Answer) -> dict[str, Any]:
    """The tokens, in the shape of this endpoint."""
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }
