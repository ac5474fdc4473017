"""A scenario for the mock out of an answer that was seen: the same pieces of text after the same
times, as an OpenAI server would send them. Pure."""

import json
from collections.abc import Iterator
from itertools import groupby

import yaml

from tokentape.check.observation import Observation
from tokentape.contract.contract import Json
from tokentape.contract.timeline import text_of

_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


def scenario(sight: Observation, name: str, source: str) -> str:
    """As YAML. It answers whoever asks for it by name; not streamed, it says the whole text."""
    told = {
        "name": name,
        "description": f"An answer of {sight.contract.key} at {source}, as one viewer saw it.",
        "by_name_only": True,
        "steps": [{"say": _literal(text_of(sight.timeline))}],
        "recorded": {
            "endpoint": "chat.completions",
            "streamed": True,
            "headers": _HEADERS,
            # What did not end well ended as the connection did.
            "ending": "complete" if _completed(sight) else "sever",
            "writes": [list(write) for write in _writes(sight)],
        },
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)


def _completed(sight: Observation) -> bool:
    return any(seen.end in ("completed", "stopped") for seen in sight.timeline)


def _literal(text: str) -> str:
    """Said as it is, whatever a template would make of it."""
    return "{{ " + json.dumps(text, ensure_ascii=False) + " }}" if "{" in text else text


def _writes(sight: Observation) -> Iterator[tuple[int, str]]:
    """(µs after the question, what was written together): what one read brought is one write."""
    texts = [seen for seen in sight.timeline if seen.text]
    first = True
    for _, together in groupby(texts, key=lambda seen: (seen.read, seen.at_ns)):
        seen = list(together)
        frames = [_chunk({"content": one.text}) for one in seen]
        if first:
            frames.insert(0, _chunk({"role": "assistant", "content": ""}))
            first = False
        yield (seen[0].at_ns - sight.started_ns) // 1_000, "".join(frames)
    end = next((seen for seen in sight.timeline if seen.end), None)
    if end is not None and _completed(sight):
        last = f"{_chunk({}, 'stop')}data: [DONE]\n\n"
        yield (end.at_ns - sight.started_ns) // 1_000, last


def _chunk(delta: Json, finish: str | None = None) -> str:
    told = {
        "id": "chatcmpl-recorded",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "recorded",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return f"data: {json.dumps(told, ensure_ascii=False, separators=(',', ':'))}\n\n"
