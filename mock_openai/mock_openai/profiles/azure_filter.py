"""What Azure's content filter found, which is nothing, in each event. Pure.

https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-annotations
"""

from collections.abc import Sequence

import orjson

from mock_openai.plan.encoded_frames import EncodedFrames
from mock_openai.plan.plan import Frames
from mock_openai.profiles.profile import Context, Json

_CHOICES = b'"choices":[{"index":'
_SAFE = {
    kind: {"filtered": False, "severity": "safe"}
    for kind in ("hate", "self_harm", "sexual", "violence")
}
_PROMPT = [{"prompt_index": 0, "content_filter_results": _SAFE}]
_RESULTS = _CHOICES[: -len(b'"index":')] + b'"content_filter_results":'
_NO_CONTENT = _RESULTS + b'{},"index":'
_CLEAN = _RESULTS + orjson.dumps(_SAFE) + b',"index":'
# The first event is about the prompt, and has no choices: what many a client has stumbled over.
_FIRST = b"data: %b\n\n" % orjson.dumps(
    {"choices": [], "created": 0, "id": "", "model": "", "object": "",
     "prompt_filter_results": _PROMPT}
)  # fmt: skip


def filter_stream(frames: Frames, context: Context | None = None) -> Frames:
    """The frames of OpenAI's, each with what was found in it."""
    dues, datas, kinds, chunks = frames.columns
    return Frames((dues[0], *dues), _with_filter(datas, kinds), ("filter", *kinds), (None, *chunks))


def _with_filter(datas: Sequence[bytes], kinds: Sequence[str]) -> Sequence[bytes]:
    if isinstance(datas, EncodedFrames):
        begin = [_FIRST, *(one.replace(_CHOICES, _NO_CONTENT, 1) for one in datas.begin)]
        before = datas.before.replace(_CHOICES, _CLEAN, 1)
        end = [one.replace(_CHOICES, _NO_CONTENT, 1) for one in datas.end]
        return EncodedFrames(begin, before, datas.together, datas.after, end, datas.pieces)
    results = (_CLEAN if kind == "content" else _NO_CONTENT for kind in kinds)
    return (
        _FIRST, *(data.replace(_CHOICES, one, 1) for data, one in zip(datas, results, strict=True))
    )  # fmt: skip


def filter_whole(body: Json, context: Context | None = None) -> None:
    """The same in an answer in one piece."""
    for choice in body["choices"]:
        choice["content_filter_results"] = _SAFE if choice["message"]["content"] else {}
    body["prompt_filter_results"] = _PROMPT
