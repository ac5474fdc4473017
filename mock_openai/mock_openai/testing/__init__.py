"""For test suites: the fixture `mock_openai` hands each test a `MockOpenAI` of its own."""

from mock_openai.testing.pytest_plugin import MockOpenAI, Verified

__all__ = ["MockOpenAI", "Verified"]
