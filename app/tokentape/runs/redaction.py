"""What of an upstream's words may be read by whom: keys and prompts out. Pure.

The log gets each message with its secrets masked. A caller gets a message only where nothing had to
be masked, and nothing in it looks like the inside of somebody's house.
"""

import re
from collections.abc import Iterable
from typing import Any

MASK = "…"
LOG_MAX = 500
CALLER_MAX = 200
PROMPT_MAX = 100_000
"""Characters; of a longer prompt every word is taken to be one that is not common."""
PART = 4
"""So many characters of a prompt in a row are too many."""

KEYS = re.compile(
    r"(?i)\b(?:sk|pk|rk|gsk|hf|xai|org|proj|acct|ghp|pplx|nvapi|csk|tgp|fw)[-_][\w-]+"
    r"|\bbearer\s+\S+"
    r"|\beyJ[\w.-]+"
    r"|\b(?:AKIA|AIza)[\w-]{8,}"
)
NAMED = re.compile(
    r"(?i)(\b(?:api[ _-]?key|key|token|secret|password|passwd|authorization|credentials?)\b"
    r"[^:=]{0,20}[:=]\s*)\S+"
)
LONG = re.compile(r"[\w+/=.-]{20,}")
ESCAPES = re.compile(r"\\u[0-9a-fA-F]{4}|\\.")
WORD = re.compile(r"\w+")
INSIDE = re.compile(
    r"(?i)://|@|\\|traceback|\bfile \"|\b\d+\.\d+\.\d+\.\d+\b|/\w+/\w+"
    r"|\bapi[ _-]?keys?\b|secret|password|credential|bearer|authoriz|[^ -~]"
)
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
COMMON = frozenset(
    WORD.findall(
        """
    a about above after again all allowed already an and another any are as at available bad be
    because been before below between body but by bytes call can cannot caused chat check choose
    code completion completions connect connection contact content context could current data
    deployment did do does down due during engine error errors exceed exceeded exceeds expected
    failed failure field for found free from full gateway gave given had has have header here
    how if in input internal invalid is it its json large later least length less limit long
    longer made max maximum may memory message messages min minute missing model models more
    most must my name no none not now number of off on one only or other our out output over
    overloaded parameter parse permission please position prompt provided quota rate reached
    read reason received refused request requested requests required resource response retry
    role run running seconds see sent server service should shut size so some stop stream string
    such supported system tell than that the their them then there these they this time timed
    timeout to token tokens too tool tools try type unavailable unable unexpected unknown
    unsupported until up upstream use used user using valid value version wait was we were what
    when which while who why will with within without worker would you your
    """
    )
)
"""Words that an error has for itself: that a prompt has them too gives nothing of it away."""


class Redaction:
    """Made for one request. `secrets` never pass, nor any word of `prompt` but the common ones and
    those of `allowed`."""

    def __init__(
        self, secrets: Iterable[str] = (), prompt: Iterable[str] = (), allowed: str = ""
    ) -> None:
        self._secrets = sorted((one for one in secrets if len(one) > 3), key=len, reverse=True)
        joined = "\n".join(prompt)
        self._ascii = joined.isascii()
        self._prompt = joined.casefold()
        self._words = frozenset(WORD.findall(self._prompt))
        self._allowed = frozenset(WORD.findall(allowed.casefold()))

    def for_log(self, text: str) -> str:
        """On one line, cut to `LOG_MAX` characters, with `…` for all that is masked."""
        text = "".join(one if one.isprintable() else " " for one in text[: 2 * LOG_MAX])
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = ESCAPES.sub(" ", text)
        text = KEYS.sub(MASK, text)
        text = NAMED.sub(rf"\1{MASK}", text)
        text = LONG.sub(self._long, text)
        text = " ".join(WORD.sub(self._word, text).split())
        return text if len(text) <= LOG_MAX else text[:LOG_MAX] + MASK

    def for_caller(self, text: str) -> str:
        """The text where it is short and harmless, else nothing."""
        plain = " ".join(text.split())
        if not plain or len(plain) > CALLER_MAX or INSIDE.search(plain):
            return ""
        return plain if self.for_log(plain) == plain else ""

    def identifier(self, word: str) -> str:
        """A code or a reason where it looks like one, else nothing."""
        return word if IDENTIFIER.fullmatch(word) and self.for_log(word) == word else ""

    def _long(self, match: re.Match[str]) -> str:
        word = match[0]
        plain = not any(one.isdigit() for one in word) and word.isascii()
        return word if plain or word.casefold() in self._allowed else MASK

    def _word(self, match: re.Match[str]) -> str:
        word = match[0].casefold()
        if word in COMMON or word in self._allowed:
            return match[0]
        if not match[0].isascii() and not self._ascii:
            return MASK  # where words have no ends, none can be told apart
        return MASK if self._is_of_prompt(word) else match[0]

    def _is_of_prompt(self, word: str) -> bool:
        """Also a part of one of its words, or one of them with something around it."""
        if len(word) <= 3:
            return word in self._words
        if len(self._prompt) > PROMPT_MAX:
            return True  # to search it would hold others up
        parts = (word[at : at + PART] for at in range(max(1, len(word) - PART + 1)))
        return any(part in self._prompt for part in parts)


def strings_of(value: Any) -> Iterable[str]:
    """All texts within a JSON value, but those that say whose they are."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("role", "type"):
                yield from strings_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings_of(inner)
