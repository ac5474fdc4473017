"""A refusal as it is sent: in the provider's shape, or as the server spoken like words it."""

from hashlib import blake2b
from typing import NamedTuple

import orjson

from mock_openai.endpoints.provider import Provider
from mock_openai.errors import ApiError
from mock_openai.plan.wire import Headers, Json
from mock_openai.profiles import OPENAI, PROFILES


class SentRefusal(NamedTuple):
    """Its body, JSON, and the headers besides those that say so."""

    body: bytes
    headers: Headers


def refusal_of(
    error: ApiError, target: bytes, provider: Provider, chosen: str | None, usual: str
) -> SentRefusal:
    """`target` is what was refused; `chosen` is the profile that the request names, `usual` the
    mock's own. The request's id is a hash of the target: no chance in what is sent."""
    digest = blake2b(target, digest_size=16).hexdigest()
    profile = PROFILES.get(chosen or usual, OPENAI)
    body: Json
    if provider.profiles and profile.error is not None:
        body = profile.error(error.status, error.detail)
    else:
        body = provider.error(error, digest)
    return SentRefusal(orjson.dumps(body), provider.refusal_headers(digest))
