"""The corpus of upstream streams as the official client reads it: what the relay is measured by."""

import json
from typing import Any

import openai
import pytest

from tests.harness.chance import SEED, by_chance
from tests.upstream_streams.player import playing
from tests.upstream_streams.streams import Reading, Stream, all_streams

HELLO: Any = [{"role": "user", "content": "Hello"}]
TIMEOUT_S = 50
"""Of its waits for bytes; more than any quiet of the corpus that is not for ever."""
FAILURES = (openai.APIError, json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError)


def text_of(content: Any) -> str:
    """A delta's content as a careful caller takes it. Raises `TypeError` for what is no text."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return "".join(part["text"] for part in parts if part.get("type") == "text")
    if content is None or isinstance(content, dict):
        return ""
    if not isinstance(content, str):
        raise TypeError(content)
    return content


async def read(stream: Stream) -> Reading:
    """What the package's typed stream gives of it."""
    texts: list[str] = []
    finish: str = ""
    code = None
    async with playing(stream) as player:
        client = openai.AsyncOpenAI(
            base_url=player.url, api_key="sk-test", max_retries=0, timeout=TIMEOUT_S
        )
        try:
            chunks = await client.chat.completions.create(
                model="m-1",
                messages=HELLO,
                stream=True,
                extra_headers={"Accept-Encoding": "identity"},
            )
            async for chunk in chunks:
                for choice in chunk.choices or []:
                    finish = choice.finish_reason or finish
                    texts.append(text_of(choice.delta.content) if choice.delta else "")
        except FAILURES as error:
            code = type(error).__name__
        finally:
            await client.close()
    # What stands in two chunks of a pair of surrogates is one character.
    text = "".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Reading(text=text, code=code, finish=None if code else finish)


# What the client makes of a stream changes with its version alone: a quarter, all in `make fuzz`.
STREAMS = all_streams()[:: 4 if SEED is None else 1]


@by_chance
@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
async def test_the_official_client_reads_what_is_noted(stream: Stream) -> None:
    found, due = await read(stream), stream.client
    assert (found.text, found.code, found.finish) == (due.text, due.code, due.finish)
