"""Which session a request belongs to: parallel tests share one server and never see each other."""

from __future__ import annotations

from collections.abc import Mapping

IN_KEY = "mock-session-"
"""A key that begins so names the session, for applications that can't send a header."""


def session_of(headers: Mapping[str, str]) -> str:
    """By lower-case header names; empty where none is named."""
    named = headers.get("x-mock-session")
    if named is not None:
        return named
    key = headers.get("authorization", "").partition(" ")[2].strip()
    return key.removeprefix(IN_KEY) if key.startswith(IN_KEY) else ""
