"""Lists as OpenAI pages them: `limit`, `after`, `order`, filters, and the list object."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.errors import ApiError

MOST_LISTED = 100
_LIMIT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a listing asks for; `after` is the last id that the caller has."""

    limit: int = 20
    after: str | None = None
    newest_first: bool = False
    model: str | None = None
    metadata: Mapping[str, str] | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ListQuery":
        """From the parameters of a URL. Raises ApiError."""
        limit, order = query.get("limit", "20"), query.get("order", "asc")
        if not (_LIMIT.fullmatch(limit) and 1 <= int(limit) <= MOST_LISTED):
            message = f"Invalid 'limit': expected an integer from 1 to {MOST_LISTED}."
            raise ApiError(400, message, "limit", "invalid_value")
        if order not in ("asc", "desc"):
            message = f"Invalid value: '{order}'. Supported values are: 'asc', and 'desc'."
            raise ApiError(400, message, "order", "invalid_value")
        labels = {
            name[len("metadata[") : -1]: value
            for name, value in query.items()
            if name.startswith("metadata[") and name.endswith("]")
        }
        return cls(
            int(limit), query.get("after"), order == "desc", query.get("model"), labels or None
        )


def paged(items: Sequence[Mapping[str, Any]], query: ListQuery) -> dict[str, Any]:
    """A page of what was found, the oldest first, as OpenAI pages. Raises ApiError."""
    ordered = list(reversed(items)) if query.newest_first else list(items)
    if query.after is not None:
        names = [one["id"] for one in ordered]
        if query.after not in names:
            raise ApiError(404, f"There is no '{query.after}' in this list.", "after")
        ordered = ordered[names.index(query.after) + 1 :]
    data = ordered[: query.limit]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": len(ordered) > query.limit,
    }
