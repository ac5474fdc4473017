"""The gates tab: what its front asks of the mock, and of the client that it started itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.dialects.contracts import CONTRACTS
from tokentape.settings import Settings
from tokentape.ui.address import own_url, raw
from tokentape.ui.admin_gate import session_of
from tokentape.ui.answer.question import named
from tokentape.ui.gates.frame_comparison import received_in, rows_of
from tokentape.ui.gates.held_client import HeldClient, HeldClients, HoldRequest
from tokentape.ui.mock_admin import Mock, MockFault, mock_of
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import UnfitInput, served, text_in, whole_in
from tokentape.ui.theme import front

STREAMS_MAX = 50
ROWS_MAX = 120
CHUNKS_MAX = 1_000_000
MESSAGE_MAX = 500
CHOICES = {key: named(one) for key, one in CONTRACTS.items() if not one.needs_token}


def gates_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    if (mock := mock_of(settings)) is None:
        gr.HTML(html_template=front("no_mock.html"), js_on_load=None, apply_default_css=False)
        return
    tab = GatesTab(mock, pages)
    answers = (tab.poll, tab.hold, tab.step, tab.release, tab.start, tab.stop, tab.hang_up)
    gr.HTML(
        None,
        html_template=front("gates/gates.html"),
        js_on_load=front("nodes.js", "tools.js", "gates/gates.js"),
        apply_default_css=False,
        server_functions=served(settings, pages, answers),
        contracts=[{"key": key, "named": said} for key, said in CHOICES.items()],
        patience_s=settings.upstream_stall_timeout_s,
        elem_id="gates",
    )

    def leave(request: gr.Request) -> None:
        tab.holdings.leave(request.session_hash or "")

    blocks.unload(leave)


@dataclass(frozen=True, slots=True)
class GatesTab:
    """What the front may ask."""

    mock: Mock
    pages: Pages
    holdings: HeldClients = field(default_factory=HeldClients)

    async def poll(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """The streams, and of the chosen one what left and what its client has."""
        limit = {"limit": str(STREAMS_MAX)}
        told = await self.mock.request("GET", "streams", params=limit)
        holding = self.holdings.of(await session_of(request) or "")
        own = _own(told["streams"], holding)
        chosen = text_in(given, "id", 100, "") or own
        listed = [{**one, "own": one["id"] == own} for one in told["streams"]]
        return {
            "streams": listed,
            "now_ns": told["now_ns"],
            "own": own,
            "client": holding.to_json() if holding else None,
            "stream": await self._stream(chosen, holding if chosen == own else None),
        }

    async def _stream(self, stream: str | None, holding: HeldClient | None) -> Json:
        if not stream:
            return None
        last = {"last": str(ROWS_MAX)}
        try:
            ledger = await self.mock.request("GET", f"streams/{stream}/ledger", params=last)
        except MockFault as fault:
            if fault.status != 404:
                raise
            return None  # the journal is bounded: it is gone
        received = None if holding is None else list(received_in(holding.timeline))
        return {**ledger, "rows": rows_of(ledger, received)}

    async def hold(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """A gate before a chunk, or before whatever is next."""
        at = given.get("chunk")
        place = {} if at is None else {"chunk": str(whole_in(given, "chunk", 0, CHUNKS_MAX))}
        return await self._act(given, "hold", place)

    async def step(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """Let so many frames through."""
        return await self._act(given, "step", {"n": str(whole_in(given, "n", 1, CHUNKS_MAX))})

    async def release(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """Let all of it through."""
        return await self._act(given, "release", {})

    async def _act(self, given: Mapping[str, Json], action: str, params: Mapping[str, str]) -> Json:
        stream = text_in(given, "id", 100)
        if not stream.isalnum() and not stream.replace("-", "").isalnum():
            raise UnfitInput("id: choose a stream.")
        await self.mock.request("POST", f"streams/{stream}/{action}", params=params)
        return {}

    async def start(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """Ask this server for an answer that the mock will hold."""
        contract = CONTRACTS.get(text_in(given, "contract", 100))
        if contract is None or contract.key not in CHOICES:
            raise UnfitInput("Protocol: choose one.")
        message = text_in(given, "message", MESSAGE_MAX).strip().replace("[[", "[ [")
        hold = whole_in(given, "hold", 0, CHUNKS_MAX)
        tokens, gap = whole_in(given, "tokens", 1, 5_000), whole_in(given, "gap", 0, 10_000)
        visitor = raw(request)
        wanted = HoldRequest(
            url=own_url(visitor),
            contract=contract,
            headers=self.pages.on_behalf(visitor),
            message=message or "Hold this",
            directive=f"[[mock: tokens={tokens} first=100ms gap={gap}ms hold={hold}]]",
        )
        await self.holdings.start(await session_of(request) or "", wanted)
        return {}

    async def stop(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """The own client asks the server to stop the answer."""
        if holding := self.holdings.of(await session_of(request) or ""):
            await holding.stop()
        return {}

    async def hang_up(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """The own client is gone without a word."""
        if holding := self.holdings.of(await session_of(request) or ""):
            holding.hang_up()
        return {}


def _own(streams: list[Mapping[str, Json]], holding: HeldClient | None) -> str | None:
    """The stream that answers the page's own client."""
    if holding is None:
        return None
    return next((str(one["id"]) for one in streams if holding.tag in one["asked"]), None)
