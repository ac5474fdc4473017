"""The route to which a page hands in a file."""

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tokentape.ui.page_state import Pages
from tokentape.ui.uploads.uploads import NotTaken


def app(pages: Pages) -> ASGIApp:
    """`POST …/uploads?session_hash=…` with one file in multipart/form-data: its id."""

    async def upload(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        session = QueryParams(scope["query_string"])["session_hash"]
        answer: Response
        try:
            id_ = await pages.uploads.receive(request, session, pages.page(session).place)
            if not pages.is_open(session):  # it went while the file came
                pages.uploads.forget(session)
                raise NotTaken(403, "The page is gone.")
            answer = JSONResponse({"id": id_})
        except NotTaken as refusal:
            error = {"code": refusal.code, "message": str(refusal)}
            answer = JSONResponse({"error": error}, refusal.status)
        await answer(scope, receive, send)

    return upload
