"""Checks what frameworks serve, with our mock as their model, and writes down what was found:
`python -m docs.other_frameworks`. Installs them into a temporary folder; they listen on loopback
only. No part of the test suite: what others publish changes.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from docs.other_servers import Other, report_of, run, running, verdict_of
from tokentape.check.contract_choice import choose
from tokentape.check.contract_file import load_contract
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import Contract

PAGE = Path(__file__).with_name("other-frameworks.md")
EXAMPLES = Path(__file__).with_name("examples")

_PYDANTIC = """\
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from starlette.applications import Starlette
from starlette.routing import Route

agent = Agent(OpenAIChatModel("gpt-4o-mini"))


async def ag_ui(request):
    return await AGUIAdapter.dispatch_request(request, agent=agent)


async def ai_sdk_ui(request):
    return await VercelAIAdapter.dispatch_request(request, agent=agent)


routes = [Route("/ag-ui", ag_ui, methods=["POST"]), Route("/api/chat", ai_sdk_ui, methods=["POST"])]
app = Starlette(routes=routes)
"""
_CHAINLIT = """\
import chainlit
from openai import AsyncOpenAI

model = AsyncOpenAI()


@chainlit.on_message
async def answer(question):
    asked = [{"role": "user", "content": question.content}]
    told = chainlit.Message(content="")
    async for chunk in await model.chat.completions.create(
        model="gpt-4o-mini", messages=asked, stream=True
    ):
        await told.stream_token(chunk.choices[0].delta.content or "")
    await told.update()
"""


@dataclass(frozen=True, slots=True)
class Framework:
    """How it is installed and started, and by which contracts it is checked."""

    name: str
    packages: tuple[str, ...]
    server: Other
    contracts: tuple[Contract, ...]


FRAMEWORKS = (
    Framework(
        "pydantic-ai",
        ("pydantic-ai-slim[openai,ag-ui]==2.68.0", "uvicorn", "starlette"),
        Other(
            "pydantic-ai-slim",
            "2.68.0",
            "PyPI",
            ("uvicorn", "served:app", "--port", "{port}"),
            files=(("served.py", _PYDANTIC),),
        ),
        (choose("ag-ui", None), choose("ai-sdk-ui", None)),
    ),
    Framework(
        "Chainlit",
        ("chainlit==2.12.0", "openai"),
        Other(
            "chainlit",
            "2.12.0",
            "PyPI",
            ("chainlit", "run", "served.py", "--headless", "--port", "{port}"),
            files=(("served.py", _CHAINLIT),),
        ),
        (load_contract(EXAMPLES / "chainlit.yaml"),),
    ),
)


def install(framework: Framework, folder: Path) -> Path:
    """Returns the folder of its commands."""
    run(sys.executable, "-m", "venv", "own", cwd=folder)
    run("own/bin/python", "-m", "pip", "install", "-q", *framework.packages, cwd=folder)
    return folder / "own" / "bin"


@contextmanager
def model(folder: Path) -> Iterator[str]:
    """The base URL of the mock, while it runs."""
    mock = Other("mock-openai", "", "", ("mock-openai", "serve", "--port", "{port}"))
    with running(mock, Path(sys.executable).parent, folder) as url:
        yield url


def look(url: str, contract: Contract, mock: str) -> Report:
    """Three users, two answers each, with what the mock really said beside them."""
    config = read_config(
        url=url, contract=contract, users=3, turns=2, order_only=True, mock_url=mock, message="Hi"
    )
    return asyncio.run(check(config))


def page() -> Iterator[str]:
    yield "# What frameworks serve\n"
    yield (
        "What `tokentape check` says of servers that others wrote for the front ends of AG-UI, of"
        " the AI SDK and\nof Chainlit: each a few lines, with `mock-openai` as the model, which"
        " knows what it said. Three users ask\ntwice at once. Made by"
        " `python -m docs.other_frameworks`.\n"
    )
    yield "| framework | version | protocol | verdict |"
    yield "|---|---|---|---|"
    told: list[str] = []
    for framework in FRAMEWORKS:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            commands = install(framework, folder)
            with model(folder) as base_url:
                known = (("OPENAI_BASE_URL", base_url), ("OPENAI_API_KEY", "sk-none"))
                server = replace(framework.server, environment=known)
                with running(server, commands, folder) as url:
                    for contract in framework.contracts:
                        root = url.removesuffix("/v1")
                        report = look(root, contract, base_url.removesuffix("/v1"))
                        row = f"`{contract.dialect}` | {verdict_of(report)}"
                        yield f"| {framework.name} | {server.version} | {row} |"
                        told.append(report_of(server, report))
    yield ""
    yield from told


def main() -> int:
    PAGE.write_text("\n".join(page()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
