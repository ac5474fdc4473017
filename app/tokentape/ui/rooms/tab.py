"""The rooms tab: the page itself is several members of a room, each on a WebSocket of its own."""

import gradio as gr

from tokentape.settings import Settings
from tokentape.ui.page_state import Pages
from tokentape.ui.theme import front

SEATS_MAX = 6
"""Members on one page."""
MESSAGES_MAX = 200
"""Messages that one member's pane shows."""


def rooms_tab(_blocks: gr.Blocks, _settings: Settings, _pages: Pages) -> None:
    """Lay out the tab in the current Gradio context; nothing in it asks the interface's server."""
    gr.HTML(
        None,
        html_template=front("rooms/rooms.html"),
        js_on_load=front("nodes.js", "tools.js", "rooms/member.js", "rooms/rooms.js"),
        head=f"<style>{front('rooms/rooms.css')}</style>",
        apply_default_css=False,
        seats_max=SEATS_MAX,
        messages_max=MESSAGES_MAX,
        elem_id="rooms",
    )
