"""What is blanked before anything is written: keys by their looks, what the request itself sent in
secret headers and parameters, and the values of secret fields. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus

from mock_openai.request.secret_headers import secret as secret_name
from mock_openai.request.secret_values import BLANK, LOOKS, field_pattern

SHORTEST = 6
"""Characters: what is shorter is blanked in its own place only, not wherever it occurs."""
_KEY = re.compile(LOOKS.encode())
# The quotes of JSON inside of JSON have a backslash each, or three.
_FIELD = re.compile(
    rb'(?P<quote>\\*")(?P<name>[\w.-]{1,100})(?P=quote)\s*:\s*'
    rb"(?:(?P=quote)(?P<text>.*?)(?<!\\)(?P=quote)|(?P<number>-?\d[\d.eE+-]*))",
    re.DOTALL,
)


class Span(NamedTuple):
    """A secret in some bytes, and what stands there instead."""

    first: int
    last: int
    blank: bytes = BLANK.encode()


@dataclass(frozen=True, slots=True)
class Redaction:
    """`names` are shell patterns, in any case, of headers, parameters and fields whose values are
    secret beside those that are anyway."""

    names: tuple[str, ...] = ()

    def secret(self, name: str) -> bool:
        """Whether a header or parameter of this name is secret."""
        lower = name.lower()
        return secret_name(name) or any(fnmatchcase(lower, one.lower()) for one in self.names)

    def secrets_of(self, headers: Mapping[str, str], query: str, body: bytes) -> list[bytes]:
        """What a request kept secret, longest first; the names of its headers in lower case."""
        values: set[str] = set()
        for name, value in headers.items():
            if name == "cookie":
                values.update(pair.partition("=")[2].strip() for pair in value.split(";"))
            elif self.secret(name):
                values.update(value.split())
        for name, value in parse_qsl(query):
            if self.secret(name):
                values |= {value, quote(value, safe=""), quote_plus(value)}
        secrets = {value.encode() for value in values if value != "Bearer"}
        secrets |= {body[span.first : span.last] for span in self._fields(body)}
        return sorted((one for one in secrets if len(one) >= SHORTEST), key=len, reverse=True)

    def spans(self, data: bytes, secrets: Sequence[bytes]) -> Iterator[Span]:
        """Where something secret stands, in order, each apart from the others."""
        spans = [Span(*match.span()) for match in _KEY.finditer(data)]
        spans += self._fields(data)
        for secret in secrets:
            spans += [Span(*match.span()) for match in re.finditer(re.escape(secret), data)]
        end = 0
        for span in sorted(spans):
            if span.last > end:
                yield span._replace(first=max(span.first, end))
                end = span.last

    def blanked(self, data: bytes, secrets: Sequence[bytes]) -> bytes:
        """Without what is secret."""
        return b"".join(self.blanked_pieces([data], secrets))

    def blanked_pieces(self, pieces: Sequence[bytes], secrets: Sequence[bytes]) -> Iterator[bytes]:
        """Each piece without what is secret, also without what lies in two of them."""
        whole = b"".join(pieces)
        spans = list(self.spans(whole, secrets))
        start = 0
        for data in pieces:
            end, place, left = start + len(data), start, bytearray()
            for span in spans:
                if span.first < end and span.last > start:
                    left += whole[place : max(span.first, place)] + span.blank
                    place = min(span.last, end)
            yield bytes(left) + whole[place:end]
            start = end

    def _fields(self, data: bytes) -> list[Span]:
        """The values of secret fields, in JSON, also in JSON that is a text of another."""
        wanted = field_pattern(self.names)
        spans: list[Span] = []
        at = 0
        while match := _FIELD.search(data, at):
            if not wanted.fullmatch(match["name"].decode()):
                at = match.end("name")
                continue
            if match["number"] is not None:
                spans.append(Span(*match.span("number"), b"0"))
            elif match["text"]:
                spans.append(Span(*match.span("text")))
            at = match.end()
        return spans
