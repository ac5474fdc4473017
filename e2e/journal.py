"""The mock's journal, as the evidence of what was scripted and what really left the mock."""

from collections.abc import Sequence

from tokentape.client.mock_admin import JournalEntry, MockAdmin

PATIENCE_S = 30


class Journal:
    """Asks the mock at `root` (its URL without `/v1`)."""

    def __init__(self, root: str) -> None:
        self._mock = MockAdmin(root)

    async def entries(self, contains: str) -> Sequence[JournalEntry]:
        """The answers to messages that hold this text, newest first."""
        return await self._mock.entries(contains, limit=20, frames=True)

    async def ended(self, contains: str) -> JournalEntry:
        """The newest such answer, once the mock has done with it."""
        found = await self._mock.entries(contains, limit=1, frames=False)
        assert found, f"the mock has no answer to {contains!r}"
        return await self._mock.stream(found[0].id, wait="drained", timeout_s=PATIENCE_S)

    async def release(self, contains: str) -> None:
        """Let such an answer go on, which waits at a gate (`hold=N` in its directive)."""
        (found,) = await self._mock.entries(contains, limit=1, frames=False)
        await self._mock.request("POST", f"streams/{found.id}/release")
