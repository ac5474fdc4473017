"""Texts as vectors of unit length, through the OpenAI embeddings API.

https://platform.openai.com/docs/api-reference/embeddings
"""

import asyncio
import base64
import binascii
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI

from tokentape.errors import UpstreamFault
from tokentape.runs.redaction import Redaction
from tokentape.runs.upstream import refusal_of
from tokentape.settings import Settings

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

log = logging.getLogger("tokentape.retrieval")

AT_ONCE = 100
"""Texts in one request."""


class Embedding:
    """Every failure leaves as an `UpstreamFault` with its own code."""

    def __init__(self, client: AsyncOpenAI, settings: Settings) -> None:
        self._client = client
        self._model = settings.embedding_model
        self._dimensions = settings.embedding_dimensions
        self._limit_s = settings.upstream_first_token_timeout_s

    @property
    def space(self) -> str:
        """Vectors of one space can be compared."""
        return f"{self._model}/{self._dimensions or 'all'}"[:128]

    async def vectors(self, texts: Sequence[str]) -> "NDArray[float32]":
        """One row a text. Raises `UpstreamFault`."""
        import numpy  # heavy: only needed by whoever has documents

        rows: list[NDArray[float32]] = []
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            rows += _read(await self._request(some), len(some))
        if len({len(row) for row in rows}) != 1:
            raise UpstreamFault("UPSTREAM_MALFORMED")
        matrix = numpy.stack(rows)
        lengths = numpy.linalg.norm(matrix, axis=1, keepdims=True)
        return (matrix / numpy.where(lengths > 0, lengths, 1)).astype(numpy.float32)

    async def _request(self, texts: Sequence[str]) -> bytes:
        body: dict[str, Any] = {
            "model": self._model,
            "input": list(texts),
            "encoding_format": "base64",
        }
        if self._dimensions:
            body["dimensions"] = self._dimensions
        try:
            async with asyncio.timeout(self._limit_s):
                response = await self._client.post(
                    "/embeddings",
                    cast_to=httpx2.Response,
                    body=body,
                    options={"headers": {"X-Stainless-Raw-Response": "true"}},
                )
                return bytes(response.content)
        except (TimeoutError, APITimeoutError):
            message = "The model's server did not embed the text in time."
            raise UpstreamFault("UPSTREAM_TIMEOUT", message) from None
        except APIStatusError as error:
            raise refusal_of(error, Redaction((self._client.api_key,), texts)) from None
        except (APIConnectionError, httpx2.HTTPError) as error:
            log.warning("upstream connection lost while embedding: %s", type(error).__name__)
            raise UpstreamFault("UPSTREAM_LOST") from None


def _read(answer: bytes, count: int) -> "list[NDArray[float32]]":
    """The vectors in the order of their texts, whether the server heeded `encoding_format`."""
    import numpy

    try:
        items = orjson.loads(answer)["data"]
        vectors = {int(one["index"]): one["embedding"] for one in items}
        rows = [
            numpy.frombuffer(base64.b64decode(one, validate=True), dtype="<f4")
            if isinstance(one, str)
            else numpy.asarray(one, dtype=numpy.float32)
            for one in (vectors[index] for index in range(count))
        ]
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, ValueError):
        raise UpstreamFault("UPSTREAM_MALFORMED") from None
    if len(items) != count or not all(
        row.ndim == 1 and len(row) and numpy.isfinite(row).all() for row in rows
    ):
        raise UpstreamFault("UPSTREAM_MALFORMED")
    return rows
