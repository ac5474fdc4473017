"""`responses/compact`: what the user has said stays, one item stands for the rest."""

import json

from openai import OpenAI

from tests.integration.mock_openai.conftest import Served


def test_a_conversation_is_made_short_and_gone_on_with(served: Served) -> None:
    client = OpenAI(base_url=served.url, api_key="any", max_retries=0)
    first = client.responses.create(model="gpt-4o", input="One. [[mock: speed=1000]]")
    compact = client.responses.with_raw_response.compact
    raw = compact(model="gpt-4o", input="Two.", previous_response_id=first.id)
    # As JSON: the client's own types have no message of a user in an output.
    found, short = json.loads(raw.text), raw.parse()
    assert (found["object"], found["id"][:5]) == ("response.compaction", "resp_")
    output = found["output"]
    assert [one["type"] for one in output] == ["message", "message", "compaction"]
    assert [one["content"][0]["text"] for one in output[:2]] == ["One.", "Two."]
    assert short.usage.total_tokens == short.usage.input_tokens + short.usage.output_tokens
    again = client.responses.create(
        model="gpt-4o", input=[*output, {"role": "user", "content": "Three. [[mock: speed=1000]]"}]
    )
    assert again.status == "completed"


def test_tokens_are_counted_for_a_personality_and_for_nothing_at_all(served: Served) -> None:
    client = OpenAI(base_url=served.url, api_key="any", max_retries=0)
    more = {"personality": "friendly"}
    said = client.responses.input_tokens.count(input="Hello there", extra_body=more)
    assert said.input_tokens == 2
    assert client.responses.input_tokens.count().input_tokens == 0
