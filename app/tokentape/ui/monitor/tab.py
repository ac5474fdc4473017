"""The Monitor tab: what the server does now, asked for once a second while somebody looks."""

from collections.abc import Mapping

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.address import own_url, raw
from tokentape.ui.live import chart_places, live_part
from tokentape.ui.monitor.poller import Poller, Unwatchable
from tokentape.ui.monitor.view import SHEETS, pieces
from tokentape.ui.page_state import Pages


def monitor_tab(_blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context."""
    watching = Poller(settings.admin_token)

    async def poll(_given: Mapping[str, Json], request: gr.Request) -> Json:
        """The pieces as they are now, or what is in the way."""
        try:
            await watching.poll(own_url(raw(request)))
        except Unwatchable as reason:
            return {"problem": str(reason)}
        return {"pieces": pieces(watching.latest, watching.moments)}

    live_part("monitor", settings, pages, [poll], {"charts": chart_places(len(SHEETS))})
