"""The table of dialects that we serve: another is one more package and one more row."""

from collections.abc import Callable

from fastapi import FastAPI

from tokentape.core import Core
from tokentape.dialects.ag_ui import server as ag_ui
from tokentape.dialects.ai_chat import server as ai_chat
from tokentape.dialects.ai_gateway import server as ai_gateway
from tokentape.dialects.ai_sdk_ui import server as ai_sdk_ui
from tokentape.dialects.inference import server as inference
from tokentape.dialects.stream_chat import server as stream_chat
from tokentape.dialects.threads import server as threads

Mount = Callable[[Core, FastAPI], None]

SERVERS: dict[str, Mount] = {
    ai_chat.DIALECT: ai_chat.mount,
    ai_gateway.DIALECT: ai_gateway.mount,
    ai_sdk_ui.DIALECT: ai_sdk_ui.mount,
    inference.DIALECT: inference.mount,
    stream_chat.DIALECT: stream_chat.mount,
    threads.DIALECT: threads.mount,
    ag_ui.DIALECT: ag_ui.mount,
}
