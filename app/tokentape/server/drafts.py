"""What running answers say so far, stored every few seconds, so that a server that is
killed leaves more than nothing of them."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from tokentape.runs.runs import Runs
from tokentape.store.conversations import Store

log = logging.getLogger("tokentape.store")

DRAFT_S = 3.0
DRAFT_MAX_CHARS = 100_000
"""Of a longer answer its beginning is kept, and is then written no more."""
TOGETHER = 50
"""Answers that are written in one go, and copied for it."""


class Drafts:
    """Writes only what has grown since it was written last."""

    def __init__(self, runs: Runs, store: Store) -> None:
        self._runs = runs
        self._store = store
        self._stored: dict[str, int] = {}

    async def store(self) -> None:
        """Store the text so far of all that run now. Raises what the database says."""
        running = self._runs.running
        before, self._stored = self._stored, {}
        for start in range(0, len(running), TOGETHER):
            drafts: dict[str, str] = {}
            for run in running[start : start + TOGETHER]:
                answer_id = run.label.message_id
                stored = before.get(answer_id, 0)
                if stored < DRAFT_MAX_CHARS:
                    text = (await run.tape.text())[:DRAFT_MAX_CHARS]
                    if len(text) > stored:
                        drafts[answer_id] = text
                    stored = len(text)
                self._stored[answer_id] = stored
            if drafts:
                await self._store.draft(drafts)

    async def go_on(self) -> None:
        """Keep them until it is cancelled."""
        while True:
            await asyncio.sleep(DRAFT_S)
            try:
                await self.store()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the store takes no drafts: %s", type(error).__name__)
