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
    live = pages.live_answers.find(turn)
    if live is None:
        fault = {"code": "NOT_FOUND", "message": "This timeline is no longer kept."}
        return JSONResponse({"error": fault}, 404)
    name = f"{live.view.question.contract.replace('/', '-')}-{turn[:6]}.jsonl"
    return StreamingResponse(
        _parts(live.view),
        media_type="application/x-ndjson",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _parts(view: AnswerView) -> Iterator[bytes]:
    script = view.played.script.text
    yield header(view.question, script, view.plan, view.began_ns) + b"\n"
    part: list[bytes] = []
    for line in view.recording:
        part.append(line + b"\n")
        if len(part) == _PART_LINES:
            yield b"".join(part)
            part = []
    yield b"".join(part)
