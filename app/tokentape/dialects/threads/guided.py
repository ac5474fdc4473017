"""An answer that gets its prompt when its run has begun, and may end after so many sentences."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tokentape.runs.upstream import ModelRequest, OnAsides, OnTexts, Upstream
from tokentape.workflows.sentences import Sentences

MAX_SENTENCES = "max_sentences"
"""The finish reason of an answer that was ended at a sentence's end."""

Prompt = Callable[[], Awaitable[str]]
"""Makes the system prompt, empty for none; may ask the upstream. Raises `Refused`."""


class Enough(Exception):
    """The last sentence is whole: the upstream need not go on."""


class Guided:
    """The upstream's answer with a system prompt before it and, where a step wants that, an end
    after so many sentences."""

    def __init__(
        self, upstream: Upstream, request: ModelRequest, prompt: Prompt, max_sentences: int | None
    ) -> None:
        self._upstream = upstream
        self._request = request
        self._prompt = prompt
        self._max_sentences = max_sentences
        self._answer = upstream.answer(request)
        self._limited = False

    @property
    def finish_reason(self) -> str:
        return MAX_SENTENCES if self._limited else self._answer.finish_reason

    @property
    def total_tokens(self) -> int:
        return self._answer.total_tokens

    @property
    def prompt_tokens(self) -> int:
        return self._answer.prompt_tokens

    @property
    def model(self) -> str:
        return self._answer.model

    async def read(self, on_texts: OnTexts, on_asides: OnAsides | None = None) -> None:
        """As the upstream's, closing its request at the last sentence's end; of text alone."""
        system = await self._prompt()
        if system:
            messages = [{"role": "system", "content": system}, *self._request.messages]
            self._answer = self._upstream.answer(replace(self._request, messages=messages))
        if self._max_sentences is None:
            await self._answer.read(on_texts)
        else:
            await self._read_sentences(Sentences(self._max_sentences), on_texts)

    async def _read_sentences(self, sentences: Sentences, on_texts: OnTexts) -> None:
        async def some(texts: list[str], at_ns: int) -> None:
            pieces = [piece for text in texts if (piece := sentences.feed(text))]
            if pieces:
                await on_texts(pieces, at_ns)
            if sentences.full:
                raise Enough

        try:
            await self._answer.read(some)
        except Enough:
            self._limited = True
            return
        if rest := sentences.close():
            await on_texts([rest], time.monotonic_ns())
