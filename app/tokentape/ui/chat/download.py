"""Download: an answer's timeline as a file, by the page's own id of the answer."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.timeline_file import header
from tokentape.ui.page_state import Pages

_PART_LINES = 500


def app(pages: Pages) -> ASGIApp:
    """`GET …/timelines/{turn}.jsonl`: whoever knows the unguessable id may save it."""

    async def timeline(scope: Scope, receive: Receive, send: Send) -> None:
        turn = Request(scope).url.path.rpartition("/")[2].removesuffix(".jsonl")
        await _answer(pages, turn)(scope, receive, send)

    return timeline


def _answer(pages: Pages, turn: str) -> Response:
    telling = pages.tellings.find(turn)
    if telling is None:
        fault = {"code": "NOT_FOUND", "message": "This timeline is no longer kept."}
        return JSONResponse({"error": fault}, 404)
    name = f"{telling.picture.asked.contract.replace('/', '-')}-{turn[:6]}.jsonl"
    return StreamingResponse(
        _parts(telling.picture),
        media_type="application/x-ndjson",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _parts(picture: AnswerView) -> Iterator[bytes]:
    script = picture.played.script.text
    yield header(picture.asked, script, picture.plan, picture.began_ns) + b"\n"
    part: list[bytes] = []
    for line in picture.recording:
        part.append(line + b"\n")
        if len(part) == _PART_LINES:
            yield b"".join(part)
            part = []
    yield b"".join(part)
