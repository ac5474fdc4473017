"""Journal: asks the mock, by a question's tag, what it was scripted to say and when it wrote it."""

from urllib.parse import urlencode

import orjson
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPParseError

from app.contract.contract import Json
from app.contract.script import script_of
from loadtests.finding import Told

_AT_ONCE = 4
"""Few, so that asking does not disturb the mock while it plays."""


_NEWEST = "/__mock__/requests?limit=1"
_FORBIDDEN = 403


class Journal:
    """The journal of the mock at `url` (its root, without /v1), which is shown `token` where it
    wants one."""

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = 10.0) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = HTTPClient.from_url(
            url, concurrency=_AT_ONCE, connection_timeout=timeout_s, network_timeout=timeout_s
        )

    def told(self, tag: str) -> Told | None:
        """What the mock says of the question with this tag; `None` if it has none such."""
        query = urlencode({"contains": tag, "limit": 1, "frames": 1})
        try:
            response = self._http.request(
                "GET", f"/__mock__/requests?{query}", headers=self._headers
            )
            if response.status_code != 200:
                response.release()
                return None
            entries = orjson.loads(response.read())["requests"]
        except (OSError, HTTPParseError, orjson.JSONDecodeError):
            return None
        return told_of(entries[0]) if entries else None

    def shut(self) -> bool:
        """Whether the mock says that its journal is not for us. One that does not answer has said
        nothing."""
        try:
            response = self._http.request("GET", _NEWEST, headers=self._headers)
            response.release()
        except (OSError, HTTPParseError):
            return False
        return bool(response.status_code == _FORBIDDEN)

    def close(self) -> None:
        self._http.close()


def told_of(entry: Json) -> Told:
    harms = tuple(
        fault["violation"]
        for fault in entry.get("faults", ())
        if fault["placed"] and fault["violation"] != "none"
    )
    return Told(script_of(entry), harms)
