"""Asks the mock's journal, by a question's tag, what was scripted and when it was written."""

from geventhttpclient.client import HTTPClient

from tokentape.client.mock_admin import (
    FORBIDDEN,
    JournalEntry,
    MockAdmin,
    MockFault,
    entries_of,
    journal_params,
    route,
)
from tokentape.contract.script import script_of
from tokentape_load.judging.answer_result import ServerReport
from tokentape_load.judging.connection_errors import LOST, words_of

_AT_ONCE = 4
"""Few, so that asking does not disturb the mock while it plays."""

_NEWEST = route("requests", {"limit": 1})
_OK = 200
_ANSWER_BYTES = 65_536


class Journal:
    """The journal of the mock at `url` (its root, without /v1), which is shown `token` where it
    wants one."""

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = 10.0) -> None:
        self._mock = MockAdmin(url, token)
        self._http = HTTPClient.from_url(
            url, concurrency=_AT_ONCE, connection_timeout=timeout_s, network_timeout=timeout_s
        )

    def report_on(self, tag: str) -> ServerReport | None:
        """What the mock says of the question with this tag; `None` if it has none such."""
        path = route("requests", journal_params(tag, limit=1, frames=True))
        try:
            response = self._http.request("GET", path, headers=dict(self._mock.headers))
            if response.status_code != _OK:
                response.release()
                return None
            entries = entries_of(self._mock.read(_OK, bytes(response.read())))
        except (*LOST, MockFault):
            return None
        return report_of(entries[0]) if entries else None

    def refusal(self) -> str:
        """Why it would tell us nothing, in words; empty where it tells."""
        try:
            response = self._http.request("GET", _NEWEST, headers=dict(self._mock.headers))
            status, answer = response.status_code, response.read(_ANSWER_BYTES)
            response.release()
        except LOST as error:
            return f"nobody answers there: {words_of(error)}"
        if status == FORBIDDEN:
            return (
                "it wants the admin token that it was started with: set MOCK_ADMIN_TOKEN. (Where"
                " MOCK_URL names another mock, that token is for that one alone.)"
            )
        if status != _OK or not answer.startswith(b'{"requests"'):
            return f"it is no mock-openai: its journal, {_NEWEST}, is answered with {status}"
        return ""

    def close(self) -> None:
        self._http.close()


def report_of(entry: JournalEntry) -> ServerReport:
    return ServerReport(script_of(entry.raw), tuple(entry.violations))
