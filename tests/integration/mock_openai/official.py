"""The official Python client on the mock, and what the tests ask it for."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.integration.mock_openai.conftest import Served

MODEL = "gpt-4o"


class Friend(BaseModel):
    name: str
    near: bool | None


class Person(BaseModel):
    name: str
    age: int
    friends: list[Friend]


class GetWeather(BaseModel):
    """The weather of a city."""

    city: str


TOOL = openai.pydantic_function_tool(GetWeather, name="get_weather")
RESPONSE_TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "parameters": TOOL["function"]["parameters"],
    "strict": True,
}


@pytest.fixture(scope="module")
def official(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=served.url, api_key="sk-any", max_retries=0) as client:
        yield client


def said(text: str, directive: str = "scenario=hello") -> Any:
    return [{"role": "user", "content": f"{text} [[mock: {directive} speed=1000]]"}]
