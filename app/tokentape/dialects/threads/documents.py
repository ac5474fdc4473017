"""The documents of `threads`: added, listed and deleted; their text comes out in prompts
alone."""

from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from tokentape.dialects.fields import checked
from tokentape.dialects.openapi import (
    LOOKS,
    RATE_HEADERS,
    Responses,
    Route,
    answer,
    body_of,
    errors,
)
from tokentape.dialects.threads import payloads
from tokentape.dialects.threads.caller import CallerGate
from tokentape.errors import CallerFault
from tokentape.retrieval.documents import Document
from tokentape.retrieval.levels import LEVELS, reader_of
from tokentape.timestamps import rfc3339

PATH = "/chat/documents"
EMBEDS = errors(400, 401, 404, 409, 413, 422, 429, 502, 503, 504)


def routes(gate: CallerGate, gone: Responses) -> tuple[Route, ...]:
    """The rows of these routes; `gone` is what a deletion answers."""
    handlers = DocumentRoutes(gate)
    one = f"{PATH}/{{document_id}}"
    brings, brought = body_of(payloads.NewDocument), answer(201, "The document")
    brought[201]["headers"] = RATE_HEADERS
    return (
        Route("POST", PATH, handlers.bring, brought | EMBEDS, brings),
        Route(
            "GET", PATH, handlers.documents, answer(200, "The documents") | LOOKS, payloads.PAGES
        ),
        Route("GET", one, handlers.document, answer(200, "The document") | LOOKS),
        Route("DELETE", one, handlers.delete, gone | LOOKS),
    )


class DocumentRoutes:
    """The four routes; nobody is told whether a document is there that they may not read."""

    def __init__(self, gate: CallerGate) -> None:
        self._gate = gate

    async def bring(self, request: Request) -> JSONResponse:
        """Split a document into passages, embed and keep them for the caller's organisation."""
        signed = self._gate.signed(request)
        most = self._gate.core.settings.max_document_chars
        new = checked(payloads.NewDocument, await self._gate.body(request), text=most)
        level = LEVELS.index(new.level)
        turns = self._gate.core.turns
        with turns.counting_refusals():
            allowance = turns.limits.consume(signed.caller, "document")
        document = await self._gate.retrieval.add(signed.identity, new.title, level, new.text)
        headers = allowance.headers() if allowance else {}
        return JSONResponse({"document": to_json(document)}, 201, headers)

    async def documents(self, request: Request) -> JSONResponse:
        """The documents that the caller may read, the newest first; without their text."""
        reader = reader_of(self._gate.signed(request).identity)
        before, limit = payloads.page_of(request.query_params)
        page = await self._gate.retrieval.documents.page(reader, before, limit)
        rows = [to_json(document) for document in page.rows]
        return JSONResponse({"documents": rows, "nextCursor": payloads.cursor_of(page.next)})

    async def document(self, request: Request, document_id: str) -> JSONResponse:
        """A document that the caller may read; without its text."""
        reader = reader_of(self._gate.signed(request).identity)
        document = await self._gate.retrieval.documents.find(reader, document_id)
        if document is None:
            raise CallerFault("NOT_FOUND", "There is no such document.")
        return JSONResponse({"document": to_json(document)})

    async def delete(self, request: Request, document_id: str) -> Response:
        """Take away a document of one's own, of whatever level."""
        reader = reader_of(self._gate.signed(request).identity)
        if not await self._gate.retrieval.documents.delete(reader, document_id):
            raise CallerFault("NOT_FOUND", "There is no such document.")
        return Response(status_code=204)


def to_json(document: Document) -> dict[str, Any]:
    """A document without its text."""
    return {
        "id": document.id,
        "title": document.title,
        "level": LEVELS[document.level],
        "characters": document.characters,
        "passages": document.passages,
        "createdAt": rfc3339(document.created_at),
    }
