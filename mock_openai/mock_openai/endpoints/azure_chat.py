"""A chat completion as Azure sends it: with what its content filter found, which is nothing."""

from dataclasses import replace

import orjson

from mock_openai.endpoints import chat, chat_object
from mock_openai.plan.plan import Frames
from mock_openai.profiles.azure_filter import filter_stream, filter_whole
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer


def stream(request: ParsedRequest, answer: Answer) -> Frames:
    """The frames of OpenAI's, each with what was found in it."""
    return filter_stream(chat_object.stream(request, answer))


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    body = orjson.loads(chat_object.whole(request, answer))
    filter_whole(body)
    return orjson.dumps(body)


ENDPOINT = replace(chat.ENDPOINT, path="/openai/v1/chat/completions", stream=stream, whole=whole)
