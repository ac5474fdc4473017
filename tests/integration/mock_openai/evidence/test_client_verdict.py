"""Each sin of clients is provoked by a real client, and a good client has none."""

from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from tests.integration.mock_openai.conftest import Served

Message = openai.types.chat.ChatCompletionUserMessageParam


def client(served: Served, session: str, **more: Any) -> OpenAI:
    return OpenAI(
        base_url=served.url, api_key="any", default_headers={"x-mock-session": session}, **more
    )


def said(text: str) -> Message:
    return {"role": "user", "content": text}


def verdict(served: Served, session: str, **params: Any) -> dict[str, Any]:
    answer = httpx2.get(
        f"{served.root}/__mock__/verdict", params=params, headers={"x-mock-session": session}
    )
    content: dict[str, Any] = answer.json()
    return content


def sins(served: Served, session: str, **params: Any) -> list[str]:
    return [sin["sin"] for sin in verdict(served, session, **params)["sins"]]


def test_a_good_client_has_no_sins(served: Served) -> None:
    with client(served, "good") as good:
        for _ in range(3):
            good.chat.completions.create(
                model="gpt-4o", messages=[said("hi [[mock: scenario=instant]]")]
            )
    assert verdict(served, "good") == {"ok": True, "sins": []}


def test_the_official_client_obeys_retry_after_and_a_hasty_one_is_told(served: Served) -> None:
    fault = "[[mock: fault=refuse@request:429;retry-after=1]]"
    with client(served, "patient", max_retries=1) as patient, pytest.raises(openai.RateLimitError):
        patient.chat.completions.create(model="gpt-4o", messages=[said(fault)])
    assert sins(served, "patient") == []
    with client(served, "hasty", max_retries=0) as hasty:
        for _ in range(2):
            with pytest.raises(openai.RateLimitError):
                hasty.chat.completions.create(model="gpt-4o", messages=[said(fault)])
    assert sins(served, "hasty") == ["ignored_retry_after"]


def test_a_retry_storm_is_told(served: Served) -> None:
    with client(served, "storm", max_retries=0) as storming:
        for _ in range(6):
            with pytest.raises(openai.InternalServerError):
                storming.chat.completions.create(
                    model="gpt-4o", messages=[said("[[mock: fault=refuse:500]]")]
                )
    found = verdict(served, "storm")
    assert [sin["sin"] for sin in found["sins"]] == ["retry_storm"]
    assert len(found["sins"][0]["streams"]) == 6
    assert sins(served, "storm", storm=7) == []


@pytest.mark.parametrize("fault", ["cut@7", "no-finish", "sever@7"])
def test_a_truncated_stream_that_goes_into_the_history_is_told(served: Served, fault: str) -> None:
    session = f"truncated-{fault}"
    with client(served, session, max_retries=0) as careless:
        request = said(f"tell me [[mock: scenario=lorem tokens=20 first=0 gap=0 fault={fault}]]")
        text = ""
        try:
            for chunk in careless.chat.completions.create(
                model="gpt-4o", messages=[request], stream=True
            ):
                text += chunk.choices[0].delta.content or ""
        except openai.APIError:
            assert fault.startswith("sever")
        assert sins(served, session) == []
        careless.chat.completions.create(
            model="gpt-4o",
            messages=[
                request,
                {"role": "assistant", "content": text},
                said("go on [[mock: scenario=instant]]"),
            ],
        )
    assert sins(served, session) == ["accepted_truncated_stream"]


def test_a_client_without_a_read_timeout_is_told(served: Served) -> None:
    stall = "wait [[mock: scenario=lorem first=0 gap=0 tokens=9 fault=stall@5:{}]]"
    with client(served, "sitting", max_retries=0) as sitting:
        list(
            sitting.chat.completions.create(
                model="gpt-4o", messages=[said(stall.format("600ms"))], stream=True
            )
        )
    assert sins(served, "sitting", patience=0.5) == ["no_read_timeout"]
    with client(served, "leaving", max_retries=0, timeout=1.0) as leaving:
        stream = leaving.chat.completions.create(
            model="gpt-4o", messages=[said(stall.format("forever"))], stream=True
        )
        with pytest.raises(openai.APIError):
            list(stream)
    served.wait("wait", "client_closed")
    assert sins(served, "leaving", patience=30) == []
