"""A turn that was asked for and is no run yet: it may be stopped already.

Between a caller's request and its run lie the model list, the store and the stage. Who stops
meanwhile must not see the answer afterwards.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from tokentape.runs.events import StopReason


class Starting:
    """`run_id` is the id of the run that it becomes; `reason` says why it was stopped, None that it
    was not."""

    def __init__(self) -> None:
        self.run_id = str(uuid4())
        self.reason: StopReason | None = None
        self._stopped: asyncio.Future[None] | None = None

    def stop(self, reason: StopReason) -> None:
        """The run will end as stopped, and ask its upstream nothing."""
        self.reason = self.reason or reason
        if self._stopped and not self._stopped.done():
            self._stopped.set_result(None)

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this work, or leave it where it is when the turn is stopped. Raises what it raises."""
        if self.reason is not None:
            work.close()
            return
        self._stopped = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task, self._stopped), return_when=asyncio.FIRST_COMPLETED)
            if self.reason is None:
                task.result()
        finally:
            task.cancel()
