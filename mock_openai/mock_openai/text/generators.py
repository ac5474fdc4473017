"""Readable text to order: seeded sentences, code, Markdown, and the hard corners of Unicode."""

from collections.abc import Callable, Sequence

from mock_openai.text.random_source import RandomSource, between, pick
from mock_openai.text.tokenizer import remember, tokens

_SUBJECTS = (
    "the harbour", "a quiet street", "the old library", "every good answer", "the morning train",
    "a careful reader", "the small garden", "our first plan", "the long river", "a patient teacher",
    "the night sky", "this simple idea", "the town clock", "a clear question", "the winter market",
)  # fmt: skip
_VERBS = (
    "begins with", "depends on", "grows out of", "keeps", "remembers", "follows", "holds",
    "returns to", "waits for", "looks like", "is built on", "changes",
)  # fmt: skip
_OBJECTS = (
    "one small step", "the shape of the coast", "what came before", "a line of lamps",
    "the sound of rain", "many short words", "a promise kept in time", "the next bright window",
    "warm bread and coffee", "an open door", "the map on the wall", "a steady rhythm",
)  # fmt: skip
_TAILS = (
    "", "", "", " before noon", " in the end", " and nobody minds", " when the wind turns",
    " as it should", " for a while", " more often than not", " by the light of the window",
)  # fmt: skip
_NAMES = ("count", "total", "items", "limit", "offset", "result", "first", "chunk", "value")
_GREETINGS = (
    "Blåbærsyltetøy smaker godt 🫐", "Приветствую вас, друзья!", "今日はとても良い天気ですね。",
    "مرحبا بكم في المدينة", "שלום לכולם", "👩‍👩‍👧‍👦 is one family, 👍🏽 is one thumb",
    "naïve café, Zoë — “quoted”", "한국어도 물론 됩니다", "ไม่มีช่องว่างระหว่างคำ",
    "é is e and a combining accent", "𝒜 lies beyond the first plane", "½ ≤ ∑ ≠ ∞", "🇳🇴🇯🇵 are flags",
)  # fmt: skip


_TOKEN_CHARS = 5  # about; only a first guess of how much is to be written
Cuts = tuple[tuple[str, ...], ...]


def _cut_phrases(phrases: tuple[str, ...], lead: str = " ") -> Cuts:
    return tuple(tokens(lead + phrase.lstrip()) if phrase else () for phrase in phrases)


# Sentences are put together from phrases that are cut already: a phrase begins with its space or
# at a sentence's start, where a token begins too, so the pieces are those of the whole text.
_OPENINGS = tuple(f"{subject[0].upper()}{subject[1:]}" for subject in _SUBJECTS)
_CUT_OPENINGS = {lead: _cut_phrases(_OPENINGS, lead) for lead in ("", " ", "\n\n")}
_CUT_VERBS, _CUT_OBJECTS = _cut_phrases(_VERBS), _cut_phrases(_OBJECTS)
_CUT_TAILS = _cut_phrases(_TAILS)


def _sentence(chance: RandomSource) -> str:
    cut = (_CUT_OPENINGS[""], _CUT_VERBS, _CUT_OBJECTS, _CUT_TAILS)
    return "".join("".join(pick(chance, phrases)) for phrases in cut) + "."


def _prose(count: int, chance: RandomSource) -> list[str]:
    """At least `count` tokens. Written out: it is most of what most answers cost."""
    random = chance.random
    cut: list[str] = []
    openings = _CUT_OPENINGS[""]
    later, apart = _CUT_OPENINGS[" "], _CUT_OPENINGS["\n\n"]
    while len(cut) < count:
        cut += openings[int(random() * len(openings))]
        cut += _CUT_VERBS[int(random() * len(_CUT_VERBS))]
        cut += _CUT_OBJECTS[int(random() * len(_CUT_OBJECTS))]
        cut += _CUT_TAILS[int(random() * len(_CUT_TAILS))]
        cut.append(".")
        openings = apart if random() < 0.15 else later
    return cut


def _code(chance: RandomSource) -> str:
    name, left, right = (pick(chance, _NAMES) for _ in range(3))
    number = between(chance, 2, 99)
    return (
        f"def {name}_{number}({left}: int, {right}: int = {number}) -> int:\n"
        f'    """{_sentence(chance)}"""\n'
        f"    if {left} > {right}:\n"
        f"        return {left} - {right}\n"
        f"    return {left} * {number}\n\n\n"
    )


def _markdown(chance: RandomSource) -> str:
    kind = between(chance, 0, 3)
    if kind == 0:
        return f"## {pick(chance, _OBJECTS).capitalize()}\n\n{_sentence(chance)}\n\n"
    if kind == 1:
        return "".join(f"- **{pick(chance, _NAMES)}**: {_sentence(chance)}\n" for _ in "123") + "\n"
    if kind == 2:
        rows = "".join(f"| {pick(chance, _NAMES)} | {between(chance, 1, 99)} |\n" for _ in "123")
        return f"| name | value |\n|---|---|\n{rows}\n"
    return f"```python\n{_code(chance).rstrip()}\n```\n\n"


def _unicode(chance: RandomSource) -> str:
    return pick(chance, _GREETINGS) + " "


def _by_pieces(
    piece: Callable[[RandomSource], str],
) -> Callable[[int, RandomSource], Sequence[str]]:
    """For what has no cut phrases: written, then cut, until there is enough."""

    def written(count: int, chance: RandomSource) -> Sequence[str]:
        text = ""
        cut: tuple[str, ...] = ()
        while len(cut) < count:
            goal = len(text) + (count - len(cut)) * _TOKEN_CHARS
            pieces = [text]
            have = len(text)
            while have < goal:
                pieces.append(piece(chance))
                have += len(pieces[-1])
            text = "".join(pieces)
            cut = tokens(text)
        return cut

    return written


STYLES: dict[str, Callable[[int, RandomSource], Sequence[str]]] = {
    "prose": _prose,
    "code": _by_pieces(_code),
    "markdown": _by_pieces(_markdown),
    "unicode": _by_pieces(_unicode),
}


def write(style: str, count: int, chance: RandomSource) -> str:
    """Text of exactly `count` tokens; prose ends with a full stop."""
    if count <= 0:
        return ""
    pieces = list(STYLES[style](count, chance)[:count])
    if style == "prose" and count > 1 and pieces[-2][-1].isalnum():
        pieces[-1] = "."
    text = "".join(pieces)
    remember(text, tuple(pieces))
    return text
