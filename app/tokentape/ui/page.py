"""Page: the interface as one Gradio app, and how it is mounted on the server it looks at."""

import os
from contextlib import nullcontext
from typing import Any

import gradio as gr
from fastapi import FastAPI, Response
from starlette.requests import Request
from starlette.routing import Mount

from tokentape.settings import Settings
from tokentape.ui.admin_gate import AdminGate
from tokentape.ui.chat import download
from tokentape.ui.entry import upload_route
from tokentape.ui.entry.edge import Edge, PlaceOf
from tokentape.ui.entry.inputs import InputShape
from tokentape.ui.entry.origin import MayCall, own_host
from tokentape.ui.entry.page_owner import Rights
from tokentape.ui.entry.queue_limit import Unread, tell_errors_shortly
from tokentape.ui.gradio_folder import own_folder
from tokentape.ui.page_state import OnBehalf, Page, Pages, for_nobody
from tokentape.ui.quick_gradio import no_servers
from tokentape.ui.tabs import TABS
from tokentape.ui.theme import front, theme

TITLE = "Tokentape"
WAITING_MAX = 500
"""Events that may wait in Gradio's queue before it says that it is full."""
RUNNING_MAX = 5_000
"""Listeners that run at once. Each pane of each page may show an answer for as long as it takes:
Gradio's forty would be taken by forty of them, and then no page answers anybody."""
LOOK_S = 0.01
"""How often Gradio looks whether a listener is to run. At its own thousand times a second a server
that nobody uses takes 5 % of a core; a hundredth of a second is nothing to whoever clicks."""
PROGRESS_LOOK_S = 1.0
"""How often it looks for the progress of listeners, over all that may run: none here tells any."""


def build_page(settings: Settings, pages: Pages | None = None) -> gr.Blocks:
    """The interface. It sees the server only as any client does, over its own address."""
    with no_servers():
        return _build(settings, pages)


def _build(settings: Settings, pages: Pages | None) -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    pages = Pages() if pages is None else pages
    doors = AdminGate(settings, pages)
    page: gr.Blocks
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(
            html_template=front("header.html"),
            js_on_load=front("connection.js"),
            elem_id="header",
        )
        with gr.Tabs(elem_id="tabs") as tabs:
            for tab in TABS:
                door = doors.behind(tab.title) if tab.admin else nullcontext()
                with gr.Tab(tab.title, id=tab.id), door:
                    tab.draw(page, settings, pages)
        doors.connect()

        def leave(request: gr.Request) -> None:
            pages.close(request.session_hash or "")

        def open_tab(request: gr.Request) -> Any:
            """An address may name the tab: `?tab=scenarios`."""
            wanted = request.query_params.get("tab")
            known = any(tab.id == wanted for tab in TABS)
            return gr.Tabs(selected=wanted) if known else gr.skip()

        page.load(open_tab, None, tabs, show_progress="hidden", api_visibility="private")
        page.unload(leave)
        _show_progress_nowhere(page)  # before the page writes its description
    # A listener that waits, as on a stream, keeps nobody else waiting.
    page.queue(max_size=WAITING_MAX, api_open=False, default_concurrency_limit=None)
    queue = page._queue
    queue.max_thread_count = RUNNING_MAX  # of tasks; its threads are others
    queue.sleep_when_free, queue.progress_update_sleep_when_free = LOOK_S, PROGRESS_LOOK_S
    # Gradio checks the paths in inputs once a page was launched, which a mounted one never is. The
    # check stands behind our own: see `tokentape.ui.entry`.
    page.has_launched = True
    tell_errors_shortly(page)
    return page


def _show_progress_nowhere(page: gr.Blocks) -> None:
    """With each update of any stream, Gradio copies all properties of every component on which a
    listener's progress is shown: 1 ms of the page's time each. Hidden progress is shown on none."""
    for listener in page.fns.values():
        if listener.show_progress == "hidden" and listener.show_progress_on is None:
            listener.show_progress_on = []


def peer_of(request: Request) -> str:
    """Where a request comes from, without any proxy."""
    return request.client.host if request.client else ""


def mount_page(
    api: FastAPI,
    settings: Settings,
    on_behalf: OnBehalf = for_nobody,
    path: str = "/ui",
    place_of: PlaceOf = peer_of,
    may_call: MayCall = own_host,
) -> FastAPI:
    """Mount the interface on `api`, behind its edge; returns it, as Gradio does. `place_of` says
    among whose pages a request's page counts, `may_call` which origins are ours."""

    async def icon() -> Response:
        return Response(front("icon.svg"), media_type="image/svg+xml")

    own_folder()
    pages = Pages(on_behalf=on_behalf)
    # Gradio's page names no icon, so browsers ask for it where they always have.
    api.add_api_route("/favicon.ico", icon, methods=["GET"], include_in_schema=False)
    page = build_page(settings, pages)
    mounted: FastAPI = gr.mount_gradio_app(
        api,
        page,
        path=path,
        theme=theme(),
        css=front("page.css", "tools.css", *(tab.style for tab in TABS if tab.style)),
        head=front("head.html"),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=0,
    )

    unread = Unread(page)

    def forget(key: str, closed: Page) -> None:
        pages.uploads.forget(key)
        if not closed.streams:
            unread.forget(key)

    pages.closed.append(forget)
    mount = next(each for each in api.routes if isinstance(each, Mount) and each.path == path)
    setattr(page, "app", mount.app)  # noqa: B010  # Gradio's queue asks it; its type is Gradio's own
    secret = settings.jwt_secret.get_secret_value().encode() if settings.jwt_secret else b""
    mount.app = Edge(
        {
            "gradio": mount.app,
            "uploads": upload_route.app(pages),
            "timelines": download.app(pages),
        },
        InputShape.of(page),
        pages,
        Rights(secret),
        unread,
        may_call=may_call,
        place_of=place_of,
    )
    return mounted
