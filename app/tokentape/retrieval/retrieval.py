"""Documents come in through here, and a question's best passages go out."""

import asyncio
import logging
from collections.abc import Mapping

from tokentape.access.tokens import Identity
from tokentape.errors import CallerFault
from tokentape.retrieval.documents import Document, Documents, Passage
from tokentape.retrieval.embedding import Embedding
from tokentape.retrieval.levels import reader_of
from tokentape.retrieval.splitting import passages_of
from tokentape.runs.upstream import Upstream
from tokentape.settings import Settings
from tokentape.store.conversations import Store

streaming = logging.getLogger("tokentape.streaming")

QUESTION_MAX_CHARS = 8_000
"""Of a longer question so much is looked for: models embed no more than about so many tokens."""


class Retrieval:
    """RETRIEVED_PASSAGES of 0 turns the finding off, not the keeping."""

    def __init__(self, settings: Settings, store: Store, upstream: Upstream) -> None:
        self.documents = Documents(store, settings.max_documents, settings.max_documents_per_user)
        self._most = settings.retrieved_passages
        self._embedding = Embedding(upstream.client, settings)

    async def add(self, identity: Identity, title: str, level: int, content: str) -> Document:
        """Split, embed and store a document. Raises `Refused`; then nothing of it was stored."""
        passages = await asyncio.to_thread(passages_of, content)
        if not passages:
            raise CallerFault("BAD_REQUEST", "`text`: holds no text", status=422, field="text")
        reader = reader_of(identity)
        await self.documents.check_place(reader)  # before anything is paid for
        vectors = await self._embedding.vectors(passages)
        return await self.documents.add(
            reader, title, level, content, passages, vectors, self._embedding.space
        )

    async def passages_for(self, question: str, identity: Identity) -> list[Passage]:
        """The best passages that the caller may read. Raises `UpstreamFault`.

        Without any readable document nothing is asked of the upstream.
        """
        reader, space = reader_of(identity), self._embedding.space
        if not self._most or not await self.documents.any(reader, space):
            return []
        (vector,) = await self._embedding.vectors([question[:QUESTION_MAX_CHARS]])
        nearest = await self.documents.nearest(reader, vector, space, self._most)
        passages = [passage for passage in nearest if passage.likeness > 0]
        streaming.debug("%d passages retrieved", len(passages))
        return passages


def quoted(passage: Passage) -> Mapping[str, str]:
    """A passage as it stands in a prompt."""
    return {"title": passage.title, "text": passage.text}
