"""What upstreams say of a failure, in their spellings."""

from datetime import UTC, datetime

import pytest

from tokentape.runs.upstream_errors import Cause, cause_of, retry_after_s

NOW = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0.2 "}, 1),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "Sun, 29 Nov 2026 12:01:30 GMT"}, 90),
        ({"retry-after": "Sun, 29 Nov 2026 11:00:00 GMT"}, None),
        ({"retry-after": "Sun, 29 Nov 2026 12:01:30 -0000"}, 90),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 2),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after-ms": "nan"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after_s(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("error", "cause", "code"),
    [
        ("text", Cause("text"), "UPSTREAM_REFUSED"),
        (None, Cause(), "UPSTREAM_REFUSED"),
        (7, Cause("7"), "UPSTREAM_REFUSED"),
        ([], Cause(), "UPSTREAM_REFUSED"),
        ({"error": "text"}, Cause("text"), "UPSTREAM_REFUSED"),
        ({"message": "m", "code": 429}, Cause("m", number=429), "UPSTREAM_RATE_LIMIT"),
        ({"message": "m", "code": "504"}, Cause("m", number=504), "UPSTREAM_TIMEOUT"),
        (
            {"error": {"message": "m", "type": "t", "code": "model_not_found"}},
            Cause("m", "model_not_found"),
            "INVALID_MODEL",
        ),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "m"}},
            Cause("m", "overloaded_error"),
            "UPSTREAM_RATE_LIMIT",
        ),
        (
            {"base_resp": {"status_code": 1004, "status_msg": "m"}},
            Cause("m", number=1004),
            "UPSTREAM_REFUSED",
        ),
        ("<title> a\nb </title>", Cause("a b"), "UPSTREAM_REFUSED"),
        ("<p>a</p><script>x</script>", Cause("a"), "UPSTREAM_REFUSED"),
        ({"message": "m", "retry_after": 3}, Cause("m", retry_after_s=3), "UPSTREAM_REFUSED"),
    ],
)
def test_causes(error: object, cause: Cause, code: str) -> None:
    assert cause_of(error) == cause
    assert cause_of(error).code == code


def test_the_http_answer_adds_what_it_knows() -> None:
    cause = Cause("m").in_answer(429, {"x-request-id": "r", "retry-after": "3"})
    assert cause == Cause("m", status=429, request_id="r", retry_after_s=3)
    assert cause.code == "UPSTREAM_RATE_LIMIT"
    assert Cause("m").in_answer(200, {}).status is None
