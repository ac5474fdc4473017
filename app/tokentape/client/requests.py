"""Requests: a contract's HTTP requests for one viewer, spelled with its values, its headers and the
cookies that the server set; and those that prepare a turn, made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import orjson

from tokentape.client.cookies import Cookies
from tokentape.client.failures import Unreachable
from tokentape.client.http_connection import (
    REDIRECT,
    HttpAnswer,
    HttpCall,
    HttpConnection,
    merged,
)
from tokentape.contract.contract import Json, RequestTemplate, fill, pick


class Requests:
    """Of one viewer of the server at `url` (its root)."""

    def __init__(
        self,
        url: str,
        line: HttpConnection,
        headers: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.cookies = Cookies()
        self._url = url.rstrip("/")
        self._line = line
        self._headers = dict(headers or {})
        self._query = tuple(query)

    def call_of(
        self, request: RequestTemplate, values: Mapping[str, Json]
    ) -> tuple[HttpCall, Json]:
        """The call, and its body before it was written as bytes."""
        token = values.get("token")
        shown = "$token" in repr(request.headers)  # under a name of the protocol's own
        bearer = {"Authorization": f"Bearer {token}"} if token and not shown else {}
        path = fill(request.path, values)
        url = f"{self._url}{path}"
        cookie = self.cookies.header(urlsplit(url).path)
        headers = merged(
            bearer,
            {} if cookie is None else {"Cookie": cookie},
            fill(request.headers, values),
            self._headers,
        )
        asked = {**fill(request.query, values)}
        if query := urlencode([*asked.items(), *self._query]):
            url += f"{'&' if '?' in path else '?'}{query}"
        call = HttpCall(method=request.method, url=url, headers=headers)
        if request.form:
            form = fill(request.form, values)
            written = urlencode({name: _text(value) for name, value in form.items()}).encode()
            kind = "application/x-www-form-urlencoded"
            return replace(call, body=written).with_defaults(Content_Type=kind), form
        if request.body is None:
            return call, None
        body = fill(request.body, values)
        call = replace(call, body=orjson.dumps(body))
        return call.with_defaults(Content_Type="application/json"), body

    async def prepare(
        self, request: RequestTemplate, values: Mapping[str, Json]
    ) -> Mapping[str, Json]:
        """Make a request before the turn: what it takes from its answer. Raises a `Failure`."""
        call, _ = self.call_of(request, values)
        async with self._line.asked(call) as answer:
            self.cookies.store(answer.set_cookies)
            # Who logs in is often sent on to a page, which is nobody's business here.
            if answer.status >= REDIRECT and (request.take or not answer.set_cookies):
                raise await answer.refusal()
            told = await content_of(answer) if request.take else None
        taken = {name: pick(told, path) for name, path in request.take.items()}
        for name, path in request.take.items():
            if taken[name] is None:
                words = (
                    f"{request.path}: the answer has no {path}; is another protocol spoken there?"
                )
                raise Unreachable(words, connected=True)
        return taken


async def content_of(answer: HttpAnswer) -> Json:
    """The JSON of a whole answer, `None` where it is none. Raises `Unreachable`."""
    try:
        return orjson.loads(await answer.content() or b"null")
    except orjson.JSONDecodeError:
        return None
    except (ConnectionError, TimeoutError) as error:
        raise Unreachable(str(error)) from error


def _text(value: Json) -> str:
    """A field of a form: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
