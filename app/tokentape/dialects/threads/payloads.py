"""What callers of `threads` send, checked, and the cursors of pages. Pure."""

import base64
import binascii
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictStr
from starlette.datastructures import QueryParams

from tokentape.dialects.fields import Id, Payload, Said, clean, not_blank
from tokentape.errors import CallerFault

TITLE_MAX_CHARS = 200
PAGE = 100
PAGE_MAX = 200
LIMIT = re.compile(r"[0-9]{1,9}")

PAGES = {
    "parameters": [
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "Most entries on the page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE},
        },
        {
            "name": "cursor",
            "in": "query",
            "required": False,
            "description": "The `nextCursor` of the page before.",
            "schema": {"type": "string"},
        },
    ]
}

Title = Annotated[StrictStr, Field(max_length=TITLE_MAX_CHARS), AfterValidator(not_blank)]


class NewThread(Payload):
    """A thread to be made; `workflow` names one of those there are."""

    title: Title
    workflow: Id | None = None


class Rename(Payload):
    """A thread's other title."""

    title: Title


class MessageText(Payload):
    """What somebody says, or says instead."""

    content: Said


class NewDocument(Payload):
    """A document for retrieval, and who may read it."""

    title: Title
    text: Annotated[StrictStr, AfterValidator(not_blank), AfterValidator(clean)]
    level: Literal["public", "internal", "confidential"]


def page_of(query: QueryParams) -> tuple[int | None, int]:
    """The number that the cursor stands for, and the limit. Raises BAD_REQUEST naming the field."""
    limit = query.get("limit", str(PAGE))
    if not (LIMIT.fullmatch(limit) and 1 <= int(limit) <= PAGE_MAX):
        raise CallerFault(
            "BAD_REQUEST", f"`limit`: a number from 1 to {PAGE_MAX}", status=422, field="limit"
        )
    cursor = query.get("cursor")
    return (None if cursor is None else number_of(cursor)), int(limit)


def cursor_of(number: int | None) -> str | None:
    """The number of a page's last entry, as a word that callers hand back."""
    if number is None:
        return None
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def number_of(cursor: str) -> int:
    """Raises BAD_REQUEST for what no page has told."""
    try:
        read = base64.b64decode(cursor[:64] + "=" * (-len(cursor) % 4), b"-_", validate=True)
        number = int(read) if read.isdigit() and len(read) < 19 else -1
    except (binascii.Error, ValueError):
        number = -1
    if number < 0 or len(cursor) > 64:
        raise CallerFault(
            "BAD_REQUEST",
            "`cursor`: not one that a page here has told",
            status=422,
            field="cursor",
        )
    return number
