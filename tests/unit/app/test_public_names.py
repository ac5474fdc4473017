"""The names that people import from the packages' doors: a change breaks somebody's code."""

import importlib

import pytest

PUBLIC = {
    "tokentape.client": """
    Arrival Backoff ConnectionState Failure Lost RealtimeClient RealtimeOptions RealtimeViewer
    ReceivedEvent SSEClient SSEOptions SSEViewer Turn TurnRefused Unreachable Unwelcome Viewer
    WrongType open_viewer verdict_of
    """,
    "tokentape.contract": "Contract Expectation Latency Seen Verdict Violation judge",
    "mock_openai.testing": "MockOpenAI Verified",
}


@pytest.mark.parametrize("package", PUBLIC)
def test_a_package_s_door_has_these_names(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__all__ == PUBLIC[package].split()
    assert all(hasattr(module, name) for name in module.__all__)
