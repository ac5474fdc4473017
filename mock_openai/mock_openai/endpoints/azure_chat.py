"""A chat completion as Azure sends it: with what its content filter found, which is nothing.

https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-annotations
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import orjson

from mock_openai.endpoints import chat, chat_object
from mock_openai.endpoints.chat_object import CHOICES
from mock_openai.plan.encoded_frames import EncodedFrames
from mock_openai.plan.plan import Frames
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer

_SAFE = {
    kind: {"filtered": False, "severity": "safe"}
    for kind in ("hate", "self_harm", "sexual", "violence")
}
_PROMPT = [{"prompt_index": 0, "content_filter_results": _SAFE}]
_FOUND = CHOICES[: -len(b'"index":')] + b'"content_filter_results":'
_NOTHING_SAID = _FOUND + b'{},"index":'
_NOTHING_FOUND = _FOUND + orjson.dumps(_SAFE) + b',"index":'
# The first event is about the prompt, and has no choices: what many a client has stumbled over.
_FIRST = b"data: %b\n\n" % orjson.dumps(
    {"choices": [], "created": 0, "id": "", "model": "", "object": "",
     "prompt_filter_results": _PROMPT}
)  # fmt: skip


def stream(ask: ParsedRequest, answer: Answer) -> Frames:
    """The frames of OpenAI's, each with what was found in it."""
    dues, datas, kinds, chunks = chat_object.stream(ask, answer).columns
    return Frames(
        (answer.first_ns, *dues), _judged(datas, kinds), ("filter", *kinds), (None, *chunks)
    )


def _judged(datas: Sequence[bytes], kinds: Sequence[str]) -> Sequence[bytes]:
    if isinstance(datas, EncodedFrames):
        begin = [_FIRST, *(one.replace(CHOICES, _NOTHING_SAID, 1) for one in datas.begin)]
        before = datas.before.replace(CHOICES, _NOTHING_FOUND, 1)
        end = [one.replace(CHOICES, _NOTHING_SAID, 1) for one in datas.end]
        return EncodedFrames(begin, before, datas.together, datas.after, end, datas.pieces)
    found = (_NOTHING_FOUND if kind == "content" else _NOTHING_SAID for kind in kinds)
    return (
        _FIRST, *(data.replace(CHOICES, one, 1) for data, one in zip(datas, found, strict=True))
    )  # fmt: skip


def whole(ask: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    told = orjson.loads(chat_object.whole(ask, answer))
    for choice in told["choices"]:
        choice["content_filter_results"] = _SAFE if choice["message"]["content"] else {}
    return orjson.dumps({**told, "prompt_filter_results": _PROMPT})


ENDPOINT = replace(chat.ENDPOINT, path="/openai/v1/chat/completions", stream=stream, whole=whole)
