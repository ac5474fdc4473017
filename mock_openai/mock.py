"""The mock of one process: what its parts share, from the first request to the last."""

from __future__ import annotations

import asyncio
import os

from mock_openai.journal import Journal
from mock_openai.player import Player
from mock_openai.prompter import Prompter
from mock_openai.scenarios.shelf import Shelf
from mock_openai.settings import Settings


class Mock:
    """`refused` counts requests that got an error of OpenAI's, not of a scenario's."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.shelf = Shelf(settings.folders)
        self.prompter = Prompter(self.shelf, settings)
        self.journal = Journal(
            settings.journal_entries,
            settings.journal_bytes,
            f"w{os.getpid()}-" if settings.workers > 1 else "s",
        )
        self.player = Player(loop)
        self.refused = 0

    def close(self) -> None:
        self.player.close()
