"""The server of `ai-gateway`: four events in the Socket.IO namespace `/ai`."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import Field, StrictFloat, StrictInt

from tokentape.access.limits import Caller
from tokentape.core import Core
from tokentape.dialects.ai_gateway import wire
from tokentape.dialects.fields import Id, Payload, Said, checked
from tokentape.dialects.stopping import start_here, stop_runs
from tokentape.errors import CallerFault
from tokentape.store.conversations import Conversation
from tokentape.turns import TurnRequest, may
from tokentape.viewers.connection import Connection
from tokentape.viewers.event_table import Answer

DIALECT = "ai-gateway"
NAMESPACE = "/ai"
MAX_TOKENS = 4_096
TEMPERATURE = 0.7


class StartChat(Payload):
    """A turn; without `conversationId` in a conversation of its own."""

    userId: Id  # noqa: N815  # the wire's names, here and below
    message: Said
    conversationId: Id | None = None  # noqa: N815
    model: Id | None = None
    maxTokens: StrictInt | None = Field(None, ge=1)  # noqa: N815
    temperature: StrictFloat | StrictInt | None = Field(None, ge=0, le=2)


class StopConversation(Payload):
    """None: all that this connection has asked."""

    conversationId: Id | None = None  # noqa: N815


class Edit(Payload):
    """Another text for what one said oneself."""

    messageId: Id  # noqa: N815
    content: Said


class Delete(Payload):
    """What one said oneself and takes back."""

    messageId: Id  # noqa: N815


def mount(core: Core, _api: FastAPI) -> None:
    """Open the namespace `/ai` with its events."""
    handlers = AiGateway(core)
    sockets = core.sockets
    sockets.table.open(
        NAMESPACE,
        require_token=core.settings.ai_gateway_require_auth,
        complain=wire.complaint,
    )
    sockets.table.show_runs(NAMESPACE, DIALECT, wire.socketio)
    sockets.table.on(NAMESPACE, "chat:start", handlers.on_start, wire.complaint, starts=True)
    sockets.table.on(NAMESPACE, "chat:stop", handlers.on_stop, wire.complaint)
    sockets.table.on(NAMESPACE, "message:edit", handlers.on_edit, wire.complaint)
    sockets.table.on(NAMESPACE, "message:delete", handlers.on_delete, wire.complaint)


class AiGateway:
    """The four events."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def on_start(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`chat:start`: a turn, told to this connection."""
        core = self._core
        start = checked(StartChat, payload, message=core.settings.max_message_chars)
        caller = connection.caller
        if caller.identity and caller.identity.sub != start.userId:
            raise CallerFault("UNAUTHORIZED", "`userId` is not the token's user.", field="userId")
        most = core.settings.max_tokens_limit
        if start.maxTokens is not None and start.maxTokens > most:
            raise CallerFault("BAD_REQUEST", f"`maxTokens`: at most {most}", field="maxTokens")
        started = await start_here(
            core,
            connection,
            TurnRequest(
                dialect=DIALECT,
                caller=caller,
                content=start.message,
                conversation_id=start.conversationId,
                model=start.model,
                max_tokens=min(MAX_TOKENS, most) if start.maxTokens is None else start.maxTokens,
                temperature=TEMPERATURE if start.temperature is None else start.temperature,
                opening=wire.opening,
            ),
        )
        label = started.run.label
        connection.been_in(label.conversation_id)
        core.sockets.pumps.watch(connection, started.view, -1)
        return {"ok": True, "runId": label.run_id, "conversationId": label.conversation_id}

    async def on_stop(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`chat:stop`: what runs in a conversation, or all that this connection has asked for."""
        stop = checked(StopConversation, payload)
        if stop.conversationId is None:
            await stop_runs(self._core, connection, DIALECT, None)
            return {"ok": True}
        conversation = await self._core.turns.store.conversation(DIALECT, stop.conversationId)
        if conversation is None or not may(connection.caller, conversation.owner):
            raise CallerFault("NOT_FOUND", "There is no such conversation.")
        place = (DIALECT, stop.conversationId)
        self._core.runs.stop_at(place, "requested", partial(may, connection.caller))
        return {"ok": True}

    async def on_edit(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`message:edit`: one's own message; the conversation's other connections hear of it."""
        edit = checked(Edit, payload, content=self._core.settings.max_message_chars)
        place = await self._own_message(connection.caller, edit.messageId)
        await self._core.turns.store.edit(edit.messageId, edit.content)
        edit_payload = {
            "messageId": edit.messageId,
            "conversationId": place.id,
            "content": edit.content,
        }
        self._emit_to_others(connection, place, "message:edited", edit_payload)
        return {"ok": True}

    async def on_delete(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`message:delete`: one's own message; the conversation's other connections hear of it."""
        message_id = checked(Delete, payload).messageId
        place = await self._own_message(connection.caller, message_id)
        await self._core.turns.store.delete(message_id)
        event_payload = {"messageId": message_id, "conversationId": place.id}
        self._emit_to_others(connection, place, "message:deleted", event_payload)
        return {"ok": True}

    async def _own_message(self, caller: Caller, message_id: str) -> Conversation:
        """Where a message is that the caller may change: one that a user wrote, in a conversation
        of the caller's."""
        message_place = await self._core.turns.store.message_place(message_id)
        if message_place:
            place, message = message_place
            if place.dialect == DIALECT and message.role == "user" and may(caller, place.owner):
                return place
        raise CallerFault("NOT_FOUND", "There is no such message.", field="messageId")

    def _emit_to_others(
        self, connection: Connection, place: Conversation, event: str, payload: dict[str, Any]
    ) -> None:
        connection.been_in(place.id)
        for other in self._core.sockets.connections.among(NAMESPACE):
            hears = place.id in other.places and may(other.caller, place.owner)
            if hears and other is not connection:
                self._core.sockets.connections.send(other, event, payload)
