"""No input of the page is a path of the server: a sweep over all that the page says it has."""

import json
from collections.abc import AsyncIterator
from itertools import cycle, product
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import pytest_asyncio

from tests.integration.app.ui.entry.served_page import Visitor, served, visiting
from tokentape.settings import Settings
from tokentape.ui.entry.inputs import InputShape, RefusedInput, called, joined
from tokentape.ui.gradio_folder import own_folder
from tokentape.ui.page import build_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "what only this machine knows"
META = {"_type": "gradio.FileData"}


def spellings(path: str) -> list[Any]:
    """A file of the server in every form that a reader of JSON may take for one."""
    file = {"path": path, "meta": META}
    return [
        file,
        {"path": path},
        {**file, "url": f"file://{path}", "orig_name": "x", "size": 1, "mime_type": "text/plain"},
        {"url": f"file://{path}", "meta": META},
        {"url": path, "orig_name": path, "meta": META},
        {"path": "", "url": f"/gradio_api/file={path}", "orig_name": path, "meta": META},
        {**file, "is_stream": True},
        {**file, "is_file": True, "name": path, "data": None},
        [file],
        [[file]],
        [[path, file]],
        {"value": file},
        {"files": [file], "text": "x"},
        {"text": "x", "files": [path], "meta": META},
        {"video": file, "subtitles": None},
        {"image": file, "annotations": []},
        {"background": file, "layers": [file], "composite": None},
        {"root": [file]},
        {"data": [[file]], "headers": ["x"]},
        {"__type__": "update", "value": file},
        {"a": {"b": {"c": {"d": {"e": file}}}}},
        ["a", {"b": [file]}],
        {"path": {"path": path, "meta": META}, "meta": META},
        {"path": [path], "meta": META},
        {"path": path, "meta": {"_type": "gradio.FileData", "more": 1}},
        {"meta": META, "path": f"{path}\0.jsonl"},
    ]


def raw_spellings(path: str) -> list[str]:
    """Written so that one reader may find what another does not."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in path)
    return [
        f'{{"\\u0070ath": "{escaped}", "\\u006deta": {{"_type": "gradio.File\\u0044ata"}}}}',
        f'{{"path": "x", "path": "{path}", "meta": 1, "meta": {json.dumps(META)}}}',
        f'{{"meta": {json.dumps(META)}, "path": "{path}", "path": 1}}',
    ]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that the server could read, such as its own environment."""
    file = tmp_path / "secret.jsonl"
    file.write_text(SECRET)
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitor]:
    """Of one page for all tests: what is refused leaves nothing behind."""
    async with served(tmp_path_factory.mktemp("page")) as url, visiting(url) as visitor:
        yield visitor


def copies() -> list[Path]:
    """What lies in Gradio's folder and tells the secret."""
    files = [each for each in own_folder().rglob("*") if each.is_file()]
    return [each for each in files if SECRET in each.read_text(errors="replace")]


async def test_no_listener_takes_a_file_for_any_input(visitor: Visitor, secret: Path) -> None:
    files = cycle(spellings(str(secret)))
    inputs = [
        (listener["id"], place, len(listener["inputs"]))
        for listener in visitor.listeners()
        for place in range(len(listener["inputs"]))
    ]
    assert len(inputs) > 35
    # Each input meets a form, and each form an input; all of both meet below, without a socket.
    for number, place, count in inputs:
        file = next(files)
        data = ["x"] * place + [file] + ["x"] * (count - place - 1)
        body = visitor.join(data=data, fn_index=number)
        answer = await visitor.post("/gradio_api/queue/join", body)
        assert answer.status_code == 400, (number, place, file, answer.text)
    assert copies() == []


async def test_no_other_field_of_an_event_takes_one(visitor: Visitor, secret: Path) -> None:
    listeners = cycle(visitor.listeners())
    fields = ("event_data", "trigger_id", "fn_index", "session_hash", "more")
    for where, file in product(fields, spellings(str(secret))):
        listener = next(listeners)
        data: list[Any] = [None] * len(listener["inputs"])
        body = visitor.join(data=data, fn_index=listener["id"]) | {where: file}
        answer = await visitor.post("/gradio_api/queue/join", body)
        assert answer.status_code == 400, (listener["id"], file, answer.text)
    assert copies() == []


async def test_every_input_and_function_refuses_every_form() -> None:
    shape = InputShape.of(build_page(Settings(mock_url="http://127.0.0.1:9", ui_open=True)))
    tried = 0
    for file in spellings("/etc/hostname"):
        for number, count in shape.listeners.items():
            for place in range(count):
                data = ["x"] * place + [file] + ["x"] * (count - place - 1)
                with pytest.raises(RefusedInput):
                    joined({"data": data, "fn_index": number, "session_hash": "s"}, shape)
                tried += 1
        for number, names in shape.functions.items():
            for name in names:
                given = {"data": file, "component_id": number, "fn_name": name, "session_hash": "s"}
                with pytest.raises(RefusedInput):
                    called(given, shape)
                tried += 1
    assert tried > 2_000


async def test_no_writing_of_a_body_hides_one(visitor: Visitor, secret: Path) -> None:
    head = f'"fn_index": 20, "session_hash": "{visitor.session}"'
    for file in raw_spellings(str(secret)):
        for body in (
            f'{{"data": [{file}], {head}}}',
            f'{{"data": [{file}], "data": ["x"], {head}}}',
            f'{{"data": ["x"], {head}, "data": [{file}]}}',
            f'{{"d\\u0061ta": [{file}], {head}}}',
        ):
            for encoding in ("utf-8", "utf-16", "utf-32", "utf-8-sig"):
                answer = await visitor.post("/gradio_api/queue/join", body.encode(encoding))
                assert answer.status_code == 400, (body, encoding, answer.text)
    assert copies() == []


async def test_no_function_of_a_component_takes_one(visitor: Visitor, secret: Path) -> None:
    functions, files = visitor.functions(), cycle(spellings(str(secret)))
    assert len(functions) > 30
    paths = cycle(("/gradio_api/component_server", "/gradio_api/component_server/"))
    for number, name in functions:
        body = {"data": (file := next(files)), "component_id": number, "fn_name": name}
        answer = await visitor.post(next(paths), {**body, "session_hash": visitor.session})
        assert answer.status_code == 400, (name, file, answer.text)
    assert copies() == []


async def test_no_component_has_functions_but_our_own(visitor: Visitor) -> None:
    known = set(visitor.functions())
    for part in visitor.config["components"]:
        name = "ls" if part["id"] % 2 else "move_resource_to_block_cache"
        assert (part["id"], name) not in known
        body = {"data": "/etc", "component_id": part["id"], "fn_name": name}
        answer = await visitor.post(
            "/gradio_api/component_server", {**body, "session_hash": visitor.session}
        )
        assert answer.status_code == 400, (part["type"], name)


async def test_a_page_with_an_input_that_could_be_a_file_is_not_served() -> None:
    for component in (gr.File, gr.UploadButton, gr.Image, gr.State, gr.JSON, gr.FileExplorer):
        with gr.Blocks(analytics_enabled=False) as blocks:
            given, shown = component(), gr.Textbox()
            shown.change(lambda value: value, given, shown)
        with pytest.raises(TypeError, match="can't be an input of the page"):
            InputShape.of(blocks)
