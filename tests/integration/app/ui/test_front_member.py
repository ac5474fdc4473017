"""A member of a room in a real browser, against a socket that the test plays."""

from typing import Any

from playwright.sync_api import Page

from tests.integration.app.ui.drawn import browser_page
from tokentape.ui.theme import front

__all__ = ["browser_page"]

PLAY = """(script) => {
    const sockets = [], told = [];
    class WebSocket {
        static OPEN = 1;
        readyState = 0;
        sent = [];
        constructor() { sockets.push(this); }
        send(frame) { this.sent.push(JSON.parse(frame)); }
        open() { this.readyState = 1; this.onopen(); }
        close() { this.readyState = 3; this.onclose(); }
        answer(event, data) {
            const { ackId } = this.sent.find((frame) => frame.event === event);
            this.onmessage({ data: JSON.stringify({ ackId, data }) });
        }
    }
    const Member = new Function("WebSocket", `${script}; return Member;`)(WebSocket);
    const tell = (event, what) => told.push([event, what?.code ?? what]);
    const member = new Member("ws://there", "ann", "room", tell);
    Object.assign(window, { sockets, told, member });
}"""


def played(page: Page, scene: str) -> Any:
    """What comes of a scene, an async function's body."""
    page.set_content("<p></p>")
    page.evaluate(PLAY, front("rooms/member.js"))
    return page.evaluate(f"async () => {{ {scene} }}")


def test_who_is_not_let_in_is_told_why(browser_page: Page) -> None:
    scene = """
        sockets[0].open();
        await null;
        sockets[0].answer("room:join", { ok: false, code: "ROOM_FULL" });
        await null;
        return told;
    """
    assert played(browser_page, scene) == [["state", "connecting"], ["refused", "ROOM_FULL"]]


def test_what_a_lost_connection_leaves_unanswered_is_told_as_lost(browser_page: Page) -> None:
    scene = """
        const early = await member.emit("chat:ask");
        sockets[0].open();
        const asked = member.emit("chat:ask");
        sockets[0].close();
        return [early.code, (await asked).code, told.at(-1), sockets[0].sent.length];
    """
    lost = ["LOST", "LOST", ["state", "reconnecting"], 3]
    assert played(browser_page, scene) == lost, "the second asks, after who and where"


def test_a_place_in_an_answer_outlives_a_way_back_that_is_lost_as_well(browser_page: Page) -> None:
    scene = """
        member.runs.set("r", 7);
        sockets[0].open();
        sockets[0].close();
        await null;
        return [...member.runs];
    """
    assert played(browser_page, scene) == [["r", 7]]
