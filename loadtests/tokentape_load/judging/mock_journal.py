"""Journal: asks the mock, by a question's tag, what it was scripted to say and when it wrote it."""

from urllib.parse import urlencode

import orjson
from geventhttpclient.client import HTTPClient

from tokentape.contract.contract import Json
from tokentape.contract.script import script_of
from tokentape_load.judging.answer_result import ServerReport
from tokentape_load.judging.connection_errors import LOST, words_of

_AT_ONCE = 4
"""Few, so that asking does not disturb the mock while it plays."""

_NEWEST = "/__mock__/requests?limit=1"
_OK, _FORBIDDEN = 200, 403
_ANSWER_BYTES = 65_536


class Journal:
    """The journal of the mock at `url` (its root, without /v1), which is shown `token` where it
    wants one."""

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = 10.0) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = HTTPClient.from_url(
            url, concurrency=_AT_ONCE, connection_timeout=timeout_s, network_timeout=timeout_s
        )

    def told(self, tag: str) -> ServerReport | None:
        """What the mock says of the question with this tag; `None` if it has none such."""
        query = urlencode({"contains": tag, "limit": 1, "frames": 1})
        try:
            response = self._http.request(
                "GET", f"/__mock__/requests?{query}", headers=self._headers
            )
            if response.status_code != _OK:
                response.release()
                return None
            entries = orjson.loads(response.read())["requests"]
        except (*LOST, orjson.JSONDecodeError):
            return None
        return told_of(entries[0]) if entries else None

    def refusal(self) -> str:
        """Why it would tell us nothing, in words; empty where it tells."""
        try:
            response = self._http.request("GET", _NEWEST, headers=self._headers)
            status, answer = response.status_code, response.read(_ANSWER_BYTES)
            response.release()
        except LOST as error:
            return f"nobody answers there: {words_of(error)}"
        if status == _FORBIDDEN:
            return (
                "it wants the admin token that it was started with: set MOCK_ADMIN_TOKEN. (Where"
                " MOCK_URL names another mock, that token is for that one alone.)"
            )
        if status != _OK or not answer.startswith(b'{"requests"'):
            return f"it is no mock-openai: its journal, {_NEWEST}, is answered with {status}"
        return ""

    def close(self) -> None:
        self._http.close()


def told_of(entry: Json) -> ServerReport:
    harms = tuple(
        fault["violation"]
        for fault in entry.get("faults", ())
        if fault["placed"] and fault["violation"] != "none"
    )
    return ServerReport(script_of(entry), harms)
