"""What a run reads its answer from: the upstream, or something that stands before it."""

from typing import Protocol

from tokentape.runs.upstream import OnAsides, OnTexts


class AnswerSource(Protocol):
    """`read` gives the text away until the answer is whole; afterwards the rest is known."""

    @property
    def finish_reason(self) -> str: ...

    @property
    def total_tokens(self) -> int: ...

    @property
    def prompt_tokens(self) -> int: ...

    @property
    def model(self) -> str: ...

    async def read(self, on_texts: OnTexts, on_asides: OnAsides | None = None) -> None:
        """`on_asides` None: nobody wants reasoning and tool calls; they are work all the same.

        Raises `Refused`, also after text. Cancelled, it closes the request at once."""
