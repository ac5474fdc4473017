"""Which values of a body are secret: by the name of their field, or by their looks. Pure."""

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

BLANK = "***"
LOOKS = r"\b(?:sk|pk|rk|sess|eyJ)[-_][A-Za-z0-9_\-.]{6,}|Bearer\s+[^\s\"',;]{4,}"
"""What a key looks like, wherever it stands."""
_KEY = re.compile(LOOKS)
FIELDS = (
    "*api?key", "apikey", "*access?key", "accesskey", "*private?key", "privatekey", "*secret",
    "*secret?key", "secretkey", "*password", "*passwd", "passphrase", "*credential",
    "*credentials", "authorization", "proxy-authorization", "*cookie", "*access?token",
    "accesstoken", "*refresh?token", "refreshtoken", "*auth?token", "authtoken", "*bearer?token",
    "bearertoken", "*session?token", "sessiontoken",
)  # fmt: skip
"""Names whose values are secret without being named; shell patterns, in any case. Not `token`: it
is what a language model writes."""


@lru_cache(maxsize=64)
def field_pattern(more: Sequence[str] = ()) -> re.Pattern[str]:
    """Of the names of secret fields, with `more` of them."""
    names = (translate(name) for name in (*FIELDS, *more))
    return re.compile("|".join(names), re.IGNORECASE)


def without_keys(text: str) -> str:
    """With a blank for whatever looks like a key."""
    return _KEY.sub(BLANK, text)
