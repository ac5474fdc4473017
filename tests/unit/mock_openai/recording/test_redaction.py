"""What is blanked in a recording, and how little else."""

import pytest

from mock_openai.recording.recording_folder import session_folder
from mock_openai.recording.redaction import Redaction

RULES = Redaction(("pin", "x-internal-*"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"api_key": "abc"}', '{"api_key": "***"}'),
        ('{"apiKey":"a\\"b", "page": "c"}', '{"apiKey":"***", "page": "c"}'),
        ('{"arguments": "{\\"password\\": \\"a\\\\\\"b\\", \\"page\\": 3}"}',
         '{"arguments": "{\\"password\\": \\"***\\", \\"page\\": 3}"}'),
        ('{"pin": 1234, "pins": 5}', '{"pin": 0, "pins": 5}'),
        ('{"PIN": "1"}', '{"PIN": "***"}'),
        ('{"token": "Hi", "prompt_tokens": 3, "max_tokens": 9}',
         '{"token": "Hi", "prompt_tokens": 3, "max_tokens": 9}'),
        ('{"name": "password", "value": "x"}', '{"name": "password", "value": "x"}'),
        ("the password: none", "the password: none"),
        ("use sk-abcdef123456.", "use ***"),
    ],
)  # fmt: skip
def test_values_of_secret_fields_are_blanked(before: str, after: str) -> None:
    assert RULES.blanked(before.encode(), []).decode() == after


def test_headers_and_parameters_are_secret_by_their_names() -> None:
    headers = {"x-internal-user": "somebody-known", "x-plain": "plain-value"}
    body = b'{"password": "my-password", "page": "my-page"}'
    secrets = RULES.secrets_of(headers, "pin=123456&page=two-pages", body)
    assert secrets == [b"somebody-known", b"my-password", b"123456"]
    assert RULES.secret("Pin")
    assert RULES.secret("Authorization")
    assert not RULES.secret("x-mock-session")


def test_a_session_has_a_folder_of_its_own_inside() -> None:
    names = ["", "plain", "a/b", "a_b", "../..", "..", "/", "é", "x" * 200, "x" * 199, "a.yaml"]
    folders = [session_folder(name) for name in names]
    assert folders[:2] == ["", "plain"]
    assert len(set(folders)) == len(names)
    assert all(set(folder).isdisjoint("./") and len(folder) <= 80 for folder in folders)
