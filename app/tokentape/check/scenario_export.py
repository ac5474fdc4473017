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


def scenario(observation: Observation, name: str, source: str) -> str:
    """As YAML. It answers whoever asks for it by name; not streamed, it says the whole text."""
    document = {
        "name": name,
        "description": f"An answer of {observation.contract.key} at {source},"
        " as one viewer saw it.",
        "by_name_only": True,
        "steps": [{"say": _literal(text_of(observation.timeline))}],
        "recorded": {
            "endpoint": "chat.completions",
            "streamed": True,
            "headers": _HEADERS,
            # What did not end well ended as the connection did.
            "ending": "complete" if _completed(observation) else "sever",
            "writes": [list(write) for write in _writes(observation)],
        },
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _completed(observation: Observation) -> bool:
    return any(event.end in ("completed", "stopped") for event in observation.timeline)


def _literal(text: str) -> str:
    """Said as it is, whatever a template would make of it."""
    return "{{ " + json.dumps(text, ensure_ascii=False) + " }}" if "{" in text else text


def _writes(observation: Observation) -> Iterator[tuple[int, str]]:
    """(µs after the question, what was written together): what one read brought is one write."""
    texts = [event for event in observation.timeline if event.text]
    first = True
    for _, together in groupby(texts, key=lambda event: (event.read, event.at_ns)):
        group = list(together)
        frames = [_chunk({"content": one.text}) for one in group]
        if first:
            frames.insert(0, _chunk({"role": "assistant", "content": ""}))
            first = False
        yield (group[0].at_ns - observation.started_ns) // 1_000, "".join(frames)
    end = next((event for event in observation.timeline if event.end), None)
    if end is not None and _completed(observation):
        last = f"{_chunk({}, 'stop')}data: [DONE]\n\n"
        yield (end.at_ns - observation.started_ns) // 1_000, last


def _chunk(delta: Json, finish: str | None = None) -> str:
    document = {
        "id": "chatcmpl-recorded",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "recorded",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return f"data: {json.dumps(document, ensure_ascii=False, separators=(',', ':'))}\n\n"
