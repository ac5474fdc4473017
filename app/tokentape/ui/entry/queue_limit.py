"""What Gradio's queue has for a page that has not read it, and how an error is told.

Gradio holds every answer until a page reads it, of any number of events, and prints each error with
its traceback, in which stands whatever the page sent: a visitor could fill memory and log.
"""

import logging
from typing import Any

import gradio as gr

UNREAD_MAX = 100
"""Events of one page whose answers may be unread; a page of ours has at most twenty at once."""
WORDS_MAX = 300
"""Characters of an error that go to the log, and to the page."""
GONE = (
    b'data: {"msg":"unexpected_error","event_id":null,"message":"Not Found",'
    b'"session_not_found":true,"success":false}\n\n'
)
"""What Gradio says to a page that it does not know: its front then begins anew."""

log = logging.getLogger("tokentape.page")


class Unread:
    """The answers that wait for the pages of one `gr.Blocks`."""

    def __init__(self, page: gr.Blocks) -> None:
        self._queue = page._queue

    def has(self, session: str) -> bool:
        """Whether anything was ever asked for this page, so that its stream can be read."""
        return session in self._queue.pending_messages_per_session

    def full(self, session: str) -> bool:
        """Whether the page reads so little that nothing more is begun for it."""
        return len(self._queue.pending_event_ids_session.get(session, ())) >= UNREAD_MAX

    def forget(self, session: str) -> None:
        """Remove what waits for a page."""
        self._queue.pending_messages_per_session.pop(session, None)
        self._queue.pending_event_ids_session.pop(session, None)


def tell_errors_shortly(page: gr.Blocks) -> None:
    """What a listener raises is one short line of the log, and of the page's message. Input that
    does not fit its component is the visitor's affair, and in no log."""
    process = page.process_api

    async def processed(*given: Any, **more: Any) -> Any:
        try:
            return await process(*given, **more)
        except Exception as error:  # noqa: BLE001  # the page's outermost edge: all is told shortly
            words = str(error)[:WORDS_MAX]
            if not isinstance(error, gr.Error):
                log.error("a listener failed: %s: %r", type(error).__name__, words)
                words = "This can't be done."
            raise gr.Error(words, print_exception=False) from None

    page.process_api = processed  # type: ignore[method-assign]  # Gradio has no other place for it
