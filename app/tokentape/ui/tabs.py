"""The table of tabs, as they stand in the page: a new tab is one package and one row."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from tokentape.settings import Settings
from tokentape.ui.chat.tab import chat_tab
from tokentape.ui.check.tab import check_tab
from tokentape.ui.compare.tab import compare_tab
from tokentape.ui.gates.tab import gates_tab
from tokentape.ui.load.tab import load_tab
from tokentape.ui.monitor.tab import monitor_tab
from tokentape.ui.page_state import Pages
from tokentape.ui.rooms.tab import rooms_tab
from tokentape.ui.scenarios.tab import scenarios_tab
from tokentape.ui.threads.tab import threads_tab

Draw = Callable[[gr.Blocks, Settings, Pages], None]
"""Draws a tab into the page that is being built, and wires what is in it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its title, its id in addresses and locators, and what draws it."""

    title: str
    id: str
    draw: Draw
    admin: bool = False
    """Whether it is for whoever runs the server alone; see `tokentape.ui.admin_gate`."""
    style: str = ""
    """Its style sheet, below `ui`; empty: none but what all tabs share."""


TABS: tuple[Tab, ...] = (
    Tab("Chat", "chat", chat_tab, style="chat/chat.css"),
    Tab("Rooms", "rooms", rooms_tab),
    Tab("Compare", "compare", compare_tab),
    Tab("Scenarios", "scenarios", scenarios_tab, admin=True),
    Tab("Gates", "gates", gates_tab, admin=True),
    Tab("Threads", "threads", threads_tab, admin=True, style="threads/threads.css"),
    Tab("Check", "check", check_tab, admin=True),
    Tab("Load", "load", load_tab, admin=True),
    Tab("Monitor", "monitor", monitor_tab, admin=True),
)
