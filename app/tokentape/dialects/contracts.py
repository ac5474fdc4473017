"""The table of contracts: one row for each dialect and transport that we speak."""

from tokentape.contract.contract import Contract
from tokentape.dialects.ag_ui import contract as ag_ui
from tokentape.dialects.ai_chat import contract as ai_chat
from tokentape.dialects.ai_gateway import contract as ai_gateway
from tokentape.dialects.ai_sdk_ui import contract as ai_sdk_ui
from tokentape.dialects.inference import contract as inference
from tokentape.dialects.stream_chat import contract as stream_chat
from tokentape.dialects.threads import contract as threads

CONTRACTS: dict[str, Contract] = {
    contract.key: contract
    for contract in (
        ai_chat.SSE,
        ai_chat.SOCKETIO,
        ai_gateway.SOCKETIO,
        ai_sdk_ui.CONTRACT,
        inference.SSE,
        inference.SOCKETIO,
        inference.WEBSOCKET,
        stream_chat.SOCKETIO,
        stream_chat.SSE,
        threads.SSE,
        ag_ui.CONTRACT,
    )
}
