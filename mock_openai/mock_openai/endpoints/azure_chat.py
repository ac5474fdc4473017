"""A chat completion as Azure sends it: with what its content filter found, which is nothing.

https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-annotations
"""

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
_RESULTS = CHOICES[: -len(b'"index":')] + b'"content_filter_results":'
_NO_CONTENT = _RESULTS + b'{},"index":'
_CLEAN = _RESULTS + orjson.dumps(_SAFE) + b',"index":'
# The first event is about the prompt, and has no choices: what many a client has stumbled over.
_FIRST = b"data: %b\n\n" % orjson.dumps(
    {"choices": [], "created": 0, "id": "", "model": "", "object": "",
     "prompt_filter_results": _PROMPT}
)  # fmt: skip


def stream(request: ParsedRequest, answer: Answer) -> Frames:
    """The frames of OpenAI's, each with what was found in it."""
    dues, datas, kinds, chunks = chat_object.stream(request, answer).columns
    return Frames(
        (answer.first_ns, *dues), _with_filter(datas, kinds), ("filter", *kinds), (None, *chunks)
    )


def _with_filter(datas: Sequence[bytes], kinds: Sequence[str]) -> Sequence[bytes]:
    if isinstance(datas, EncodedFrames):
        begin = [_FIRST, *(one.replace(CHOICES, _NO_CONTENT, 1) for one in datas.begin)]
        before = datas.before.replace(CHOICES, _CLEAN, 1)
        end = [one.replace(CHOICES, _NO_CONTENT, 1) for one in datas.end]
        return EncodedFrames(begin, before, datas.together, datas.after, end, datas.pieces)
    results = (_CLEAN if kind == "content" else _NO_CONTENT for kind in kinds)
    return (
        _FIRST, *(data.replace(CHOICES, one, 1) for data, one in zip(datas, results, strict=True))
    )  # fmt: skip


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    body = orjson.loads(chat_object.whole(request, answer))
    for choice in body["choices"]:
        choice["content_filter_results"] = _SAFE if choice["message"]["content"] else {}
    return orjson.dumps({**body, "prompt_filter_results": _PROMPT})


ENDPOINT = replace(chat.ENDPOINT, path="/openai/v1/chat/completions", stream=stream, whole=whole)
