"""Whose page is whose: what strangers, and pages of other origins, can't do with it."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from tests.integration.app.ui.entry.served_page import (
    ADMIN_TOKEN,
    Visitor,
    open_page,
    served,
    visiting,
)
from tokentape.ui import page_state
from tokentape.ui.gradio_folder import PREFIX, own_folder, sweep
from tokentape.ui.uploads import uploads

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALL = "/gradio_api/component_server"
JOIN = "/gradio_api/queue/join"
TIMELINE = b'{"tokentape": "timeline"}\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One server for all visitors that change nothing for others."""
    async with served(tmp_path_factory.mktemp("page")) as url:
        yield url


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def enter(visitor: Visitor) -> None:
    """Show ADMIN_TOKEN, and wait until the door has answered."""
    doors = [one for one in visitor.listeners() if one["api_name"].startswith("_enter")]
    body = visitor.join(data=[ADMIN_TOKEN], fn_index=doors[0]["id"])
    assert (await visitor.post(JOIN, body)).status_code == 200
    where = f"/gradio_api/queue/data?session_hash={visitor.session}"
    async with visitor.http.stream("GET", where) as answers:
        async for line in answers.aiter_lines():
            if "process_completed" in line:
                return


async def look(visitor: Visitor) -> object:
    """What a function behind the door says."""
    body = {"data": {}, "component_id": visitor.named("monitor"), "fn_name": "poll"}
    answer = await visitor.post(CALL, {**body, "session_hash": visitor.session})
    assert answer.status_code == 200, answer.text
    return answer.json().get("problem")


async def test_no_stranger_signs_an_administrator_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_state, "PAGES_MAX", 20)
    async with served(tmp_path) as url, visiting(url, "the-admin") as admin:
        assert await look(admin)
        await enter(admin)
        assert await look(admin) is None
        async with visiting(url) as stranger:
            number = stranger.named("monitor")
            for made_up in range(25):
                body = {"data": {}, "component_id": number, "fn_name": "poll"}
                await stranger.post(CALL, {**body, "session_hash": f"made-up-{made_up}"})
        assert await look(admin) is None


async def test_nobody_uses_the_page_of_another(url: str) -> None:
    async with (
        visiting(url, "the-admin") as admin,
        visiting(url, "the-admin") as thief,
    ):
        await enter(admin)
        body = {"data": {}, "component_id": admin.named("monitor"), "fn_name": "poll"}
        taken = await thief.post(CALL, {**body, "session_hash": "the-admin"})
        assert code_of(taken) == (403, "FORBIDDEN")
        assert code_of(await thief.post(JOIN, thief.join(fn_index=6))) == (403, "FORBIDDEN")
        for path in (
            "/gradio_api/heartbeat/the-admin",
            "/gradio_api/queue/data?session_hash=the-admin",
        ):
            assert code_of(await thief.http.get(path)) == (403, "FORBIDDEN")
        assert await look(admin) is None


async def test_who_has_not_loaded_the_page_can_do_nothing(url: str) -> None:
    async with visiting(url) as visitor:
        name = next(iter(visitor.http.cookies))
        right = visitor.http.cookies[name]
        for cookie in (None, "", right[:-1], right + "x", "x" * len(right), right[::-1]):
            visitor.http.cookies.clear()
            if cookie is not None:
                visitor.http.cookies.set(name, cookie)
            refused = await visitor.post(JOIN, visitor.join(fn_index=6))
            assert code_of(refused) == (403, "FORBIDDEN"), cookie
            body = {"data": {}, "component_id": visitor.named("monitor"), "fn_name": "poll"}
            refused = await visitor.post(CALL, {**body, "session_hash": "s"})
            assert code_of(refused) == (403, "FORBIDDEN"), cookie


@pytest.mark.parametrize("cors_origins", ["", "*", "https://named.example"])
async def test_pages_of_other_origins_can_not_use_it(tmp_path: Path, cors_origins: str) -> None:
    async with served(tmp_path, cors_origins=cors_origins) as url, visiting(url) as visitor:
        body = {"data": {}, "component_id": visitor.named("monitor"), "fn_name": "poll"}
        call = {**body, "session_hash": "s"}
        origins = ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "*"]
        for origin in origins:
            for path, given in ((CALL, call), (JOIN, visitor.join(fn_index=6))):
                for kind in ("application/json", "text/plain", "multipart/form-data"):
                    headers = {"Origin": origin, "Content-Type": kind}
                    refused = await visitor.post(path, given, **headers)
                    assert code_of(refused) == (403, "FORBIDDEN"), (origin, kind)
            for path in ("/", "/config", "/gradio_api/app_id", "/gradio_api/heartbeat/s"):
                answer = await visitor.http.get(path, headers={"Origin": origin})
                assert code_of(answer) == (403, "FORBIDDEN"), (origin, path)
                assert "access-control-allow-origin" not in answer.headers
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
            answer = await visitor.http.get("/gradio_api/heartbeat/s", headers=headers)
            assert code_of(answer) == (403, "FORBIDDEN")
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        followed = await visitor.http.get("/", headers=link)
        assert followed.status_code == 200, "a link may lead to the page"
        assert followed.headers["content-security-policy"] == "frame-ancestors 'self'"
        own = await visitor.post(CALL, call, Origin=url)
        assert own.status_code == 200
        if cors_origins.startswith("https"):
            assert (await visitor.post(CALL, call, Origin=cors_origins)).status_code == 200


async def test_a_body_says_that_it_is_json(url: str) -> None:
    async with visiting(url) as visitor:
        kinds = ("text/plain", "application/x-www-form-urlencoded", "")
        for path, kind in product((JOIN, CALL), kinds):
            answer = await visitor.post(path, visitor.join(fn_index=6), **{"Content-Type": kind})
            assert code_of(answer) == (415, "BAD_REQUEST")


async def hand(visitor: Visitor, content: bytes, session: str | None = None) -> httpx2.Response:
    where = f"/uploads?session_hash={session or visitor.session}"
    return await visitor.http.post(where, files={"file": ("../../x.jsonl", content)})


async def test_files_come_from_open_pages_alone_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {each for each in own_folder().rglob("*") if each.is_file()}
    async with served(tmp_path) as url, visiting(url) as visitor:
        assert code_of(await hand(visitor, TIMELINE)) == (403, "FORBIDDEN"), "no page is open"
        async with open_page(visitor):
            taken = await hand(visitor, TIMELINE)
            assert taken.status_code == 200
            assert set(taken.json()) == {"id"}
            async with visiting(url, "another") as another:
                refused = await hand(another, TIMELINE, visitor.session)
                assert code_of(refused) == (403, "FORBIDDEN")
            two = {"file": ("a", b"x"), "more": ("b", b"x")}
            where = f"/uploads?session_hash={visitor.session}"
            assert code_of(await visitor.http.post(where, files=two)) == (400, "BAD_REQUEST")
            other = {"files": ("a", b"x")}
            assert code_of(await visitor.http.post(where, files=other)) == (400, "BAD_REQUEST")
            for old in ("/gradio_api/upload", "/upload", "/gradio_api/upload?upload_id=x"):
                answer = await visitor.http.post(old, files=other)
                assert answer.status_code in (404, 415)
            monkeypatch.setattr(uploads, "AT_ONCE_MAX", 0)
            assert code_of(await hand(visitor, TIMELINE)) == (503, "BUSY")
    assert {each for each in own_folder().rglob("*") if each.is_file()} == before


async def test_a_file_is_bounded_by_its_size(url: str) -> None:
    async with visiting(url) as visitor, open_page(visitor):
        answer = await hand(visitor, b"x" * 64_000_001)
        assert code_of(answer) == (413, "BAD_REQUEST")
        assert (await hand(visitor, b"x" * 1_000_000)).status_code == 200


async def test_the_folder_of_the_page_is_its_servers_own() -> None:
    folder = own_folder()
    assert folder.name.startswith(PREFIX)
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_no_body_is_read_without_end(url: str) -> None:
    async with visiting(url) as visitor:
        data = ["x" * 2_100_000]
        answer = await visitor.post(JOIN, visitor.join(data=data, fn_index=20))
        assert code_of(answer) == (413, "BAD_REQUEST")
        nested = b'{"data": ' + b"[" * 200_000
        assert code_of(await visitor.post(JOIN, nested)) == (400, "BAD_REQUEST")


async def test_no_socket_is_opened_below_the_page(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "GET /ui/gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(head.encode())
    assert (await reader.readline()).split()[1] == b"403"
    writer.close()


SPELLINGS = (
    "/ui/../ui/gradio_api/file=/etc/hostname",
    "/ui//gradio_api/app_id",
    "/ui/%67radio_api/app_id",
    "/ui/gradio_api%2fapp_id",
    "/ui/gradio_api/file%3d/etc/hostname",
    "/ui/gradio_api/file=/etc/hostname",
    "/ui/gradio_api/file/etc/hostname",
    "/ui/file=/etc/hostname",
    "/ui/gradio_api/file=http://127.0.0.1:1/",
    "/ui/gradio_api/proxy=http://127.0.0.1:1/",
    "/ui/assets/..%2f..%2froutes.py",
    "/ui/assets/../../routes.py",
    "/ui/static/%2e%2e/%2e%2e/routes.py",
    "/ui/svelte/../routes.py",
    "/ui/gradio_api/custom_component/x/client/a/b",
    "/ui/gradio_api/deep_link?session_hash=visitor",
    "/ui/monitoring/summary",
    "/ui/gradio_api/upload_progress?upload_id=x",
    "/ui/gradio_api/queue/status",
    "/ui/gradio_api/info",
    "/ui/gradio_api/openapi.json",
    "/ui/gradio_api/token",
)


async def test_nothing_else_of_gradio_is_reached_by_any_spelling(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    for target, method in product(SPELLINGS, ("GET", "HEAD", "POST")):
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        assert answer.split()[1] in (b"404", b"405"), (target, answer[:200])
        writer.close()


async def test_what_an_address_says_reaches_gradio_by_known_names_alone(url: str) -> None:
    async with visiting(url) as visitor:
        for query in ("page=x", "deep_link=../x", "all_endpoints=1", "tab=chat&page=x"):
            answer = await visitor.http.get(f"/?{query}")
            assert answer.status_code == 200
            assert '"deep_link_state":"none"' in answer.text
        assert json.loads((await visitor.http.get("/config?page=x")).text)["components"]


async def test_without_the_page_there_is_nothing_of_it(tmp_path: Path) -> None:
    async with served(tmp_path, ui=False) as url, httpx2.AsyncClient(base_url=url) as http:
        for path in ("/", "/ui", "/ui/", "/ui/config", "/ui/uploads", "/ui/gradio_api/app_id"):
            assert (await http.get(path)).status_code == 404, path
        assert (await http.get("/healthz")).status_code == 200


async def test_what_a_killed_process_left_is_swept_and_what_a_living_one_has_is_not() -> None:
    left = Path(tempfile.mkdtemp(prefix=PREFIX))
    (left / "x").write_text("x")
    sweep()
    assert not left.exists()  # noqa: ASYNC240 - nobody else is in this loop
    assert own_folder().is_dir()
