"""The official Python clients, asked what they make of a stream: their helpers, which put the
answer together, over a transport that has the answer already."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2
import openai

from tests.integration.app.contract.clients import Reaction

_ENDS = {"response.failed": True, "error": True, "response.incomplete": False}
"""Ends of a response that its client misses another one for, and whether each is a failure."""
SAID: Any = [{"role": "user", "content": "hi"}]
Ask = Callable[[httpx2.Client], object]


def messages(connection: httpx2.Client) -> None:
    client = anthropic.Anthropic(api_key="x", max_retries=0, http_client=connection)
    with client.messages.stream(model="m", max_tokens=9, messages=SAID) as stream:
        stream.get_final_message()


def chat(connection: httpx2.Client) -> None:
    client = openai.OpenAI(api_key="x", max_retries=0, http_client=connection)
    with client.chat.completions.stream(model="m", messages=SAID) as stream:
        stream.until_done()


def responses(connection: httpx2.Client) -> None:
    client = openai.OpenAI(api_key="x", max_retries=0, http_client=connection)
    with client.responses.stream(model="m", input="hi") as stream:
        stream.until_done()
        stream.get_final_response()


def by_python(ask: Ask, bodies: Sequence[str]) -> list[Reaction]:
    """What a client makes of each body."""
    left = iter(bodies)
    transport = httpx2.MockTransport(lambda _request: _answer(next(left)))
    with httpx2.Client(transport=transport) as connection, _quietly():
        return [_reaction(ask, connection, body) for body in bodies]


def _answer(body: str) -> httpx2.Response:
    headers = {"content-type": "text/event-stream"}
    return httpx2.Response(200, headers=headers, content=body.encode("utf-8", "surrogatepass"))


@contextmanager
def _quietly() -> Iterator[None]:
    """Pydantic warns of values that it is about to write otherwise than they are typed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _reaction(ask: Ask, connection: httpx2.Client, body: str) -> Reaction:
    try:
        ask(connection)
    except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        return Reaction(None, failed=False)  # an answer, as far as it goes
    except (openai.APIError, anthropic.APIError):
        return Reaction(None, failed=True)
    except Exception as error:  # noqa: BLE001 - whatever a client stumbles over is why it rejects
        ends = _ENDS if type(error) is RuntimeError else {}
        for end, failed in ends.items():
            if f'"type": "{end}"' in body or f"event: {end}\n" in body:
                return Reaction(None, failed)
        return Reaction(f"{type(error).__name__}: {error}", failed=False)
    return Reaction(None, failed=False)
