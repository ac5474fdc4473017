"""Where sentences end, in text that comes piece by piece. Pure.

A boundary depends on the text alone, never on how it was cut: what may be one waits for the
characters that decide it, and for no more. Nobody is kept waiting for the text before it.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import re
import unicodedata
from collections.abc import Iterator

from tokentape.workflows.abbreviations import (
    BEFORE_CAPITALS,
    BEFORE_DIGITS,
    BEFORE_OPENERS,
    NEVER_LAST,
    SENTENCE_OPENERS,
)

FULL = "。！？｡．؟۔।॥።"
"""These end a sentence with nothing behind them."""
PLAIN = ".!?…"
"""These end one only before a space, a line's end, or a script that writes no spaces."""
ENDS = re.compile(f"[{re.escape(FULL + PLAIN)}\n]")
CLOSERS = "\"'”’“‘»›)]}*_`~」』）】〉》〕］｝＂＇"
OPENERS = "\"'“‘«‹([{*_`~「『（【〈《〔［｛¿¡„‚-–—•"
CJK_CLOSERS = "”’」』》〉"
# After a quotation these go on with the sentence that quotes.
QUOTING = "とてっ的地得"
AT_ONCE = 1_000
AHEAD = 64
"""How many spaces, closers or repeated marks are looked through at most."""
BEHIND = 64
"""How far back a word, a number or a line's beginning is looked for."""
WORD = re.compile(r"[^\W\d_](?:[.'’\-]?[^\W\d_])*\.?$")
ACRONYM = re.compile(r"(?:[^\W\d_]\.){2,}$")
LIST_MARKS = re.compile(r"(?:[-+*•–]|\d{1,3}[.)]|#{1,6})\s")
LIST_MARK_BEGUN = re.compile(r"(?:[-+*•–]|\d{1,3}[.)]?|#{1,6})$")
NUMBER_ALONE = re.compile(r"(?:^|[:\n])[\s*_`(\[]*\d{1,3}$")
LEADS_ON = ":,;"


class _Undecided(Exception):
    """What follows decides, and has not come yet."""


class Sentences:
    """Lets `limit` sentences through."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = ""
        self._scanned = 0  # what lies before is decided
        self._emitted = 0
        self._begun = 0  # where the sentence began, or where what is kept of it does
        self._wordy = False  # has it a letter or a digit?
        self._whole = False
        self.full = False
        """The last boundary is behind us: nothing more is let through."""

    def feed(self, text: str) -> str:
        """What may be told now, of what came now or waited."""
        if self.full or not text:
            return ""
        self._text += text
        return self._scan()

    def close(self) -> str:
        """The rest: no more will come."""
        if self.full:
            return ""
        self._whole = True
        return self._scan()

    def _scan(self) -> str:
        safe = len(self._text)
        try:
            while mark := ENDS.search(self._text, self._scanned):
                safe = self._tail(mark.start())
                end = self._boundary(mark.start())
                if end is None:
                    self._pass(safe if safe > mark.start() else mark.end())
                elif self._end_at(end):
                    return self._emit(end)
                safe = len(self._text)
            self._pass(len(self._text))
        except _Undecided:
            pass
        text = self._emit(safe)
        self._forget()
        return text

    def _emit(self, end: int) -> str:
        text = self._text[self._emitted : end]
        self._emitted = max(self._emitted, end)
        return text

    def _pass(self, to: int) -> None:
        self._wordy = self._wordy or any(map(str.isalnum, self._text[self._scanned : to]))
        self._scanned = to

    def _end_at(self, end: int) -> bool:
        """Count a sentence; was it the last one?"""
        self._limit -= 1
        self.full = self._limit == 0
        self._scanned = self._begun = end
        self._wordy = False
        return self.full

    def _forget(self) -> None:
        """Keep no more of what was told than a decision looks back on."""
        start = min(self._emitted, self._scanned) - BEHIND
        if start > 4 * BEHIND:
            self._text = self._text[start:]
            self._scanned -= start
            self._emitted -= start
            self._begun = max(0, self._begun - start)

    # What a decision looks at.

    def _at(self, index: int) -> str:
        """The character there; empty behind the end. Raises `_Undecided` before it has come."""
        if index < len(self._text):
            return self._text[index]
        if self._whole:
            return ""
        raise _Undecided

    def _tail(self, mark: int) -> int:
        """Where the marks that begin here end, and what closes with them, as far as it has come:
        they belong to this sentence, however it is decided."""
        index = mark
        if self._text[mark] == "\n":
            return mark
        most = mark + AHEAD
        while index < min(len(self._text), most) and self._text[index] in FULL + PLAIN:
            index += 1
        while index < min(len(self._text), most) and _closes(self._text[index]):
            index += 1
        return index

    def _boundary(self, mark: int) -> int | None:
        """Where the sentence ends whose mark this is; None: it goes on."""
        if self._text[mark] == "\n":
            return self._line_end(mark)
        end = self._tail(mark)
        if end < mark + AHEAD:
            self._at(end)  # more marks or closers may follow
        wordy = self._wordy or any(map(str.isalnum, self._text[self._scanned : mark]))
        if not wordy or self._is_marker(mark):
            return None
        marks = self._text[mark:end].rstrip(CLOSERS)
        closed = end - mark > len(marks)
        end = self._behind_notes(end)
        following = self._at(end)
        if any(one in FULL for one in marks):
            return None if self._quoted_on(end) else end
        if following and not following.isspace():
            ends = _spaceless(following) and "…" not in marks and not closed
            return end if ends else None
        return end if self._ends_before(mark, end, marks) else None

    def _quoted_on(self, end: int) -> bool:
        return self._text[end - 1] in CJK_CLOSERS and self._at(end) in tuple(QUOTING)

    def _behind_notes(self, end: int) -> int:
        """Numbers of notes, as in `so.[1][12]`, belong to the sentence."""
        most = end + AHEAD
        while end < most and self._at(end) == "[":
            index = end + 1
            while index - end < 5 and self._at(index).isdigit():
                index += 1
            if index == end + 1 or self._at(index) != "]":
                break
            end = index + 1
        return end

    def _ends_before(self, mark: int, end: int, marks: str) -> bool:
        """Does what stands behind the spaces begin a sentence?"""
        start, lines = self._word_after(end)
        first = self._at(start)
        if not first or lines > 1 or start - end >= AHEAD:
            return True
        if lines and self._lists(start):
            return True
        while first in OPENERS and start - end < AHEAD:
            start += 1
            first = self._at(start)
            if not first or first.isspace():
                return True
        if first.islower():
            return False
        if marks in ("...", "…", ".."):
            # "I" is always a capital: it says nothing.
            return not (first == "I" and not self._at(start + 1).isalpha())
        if marks != ".":
            return True
        return self._ends_after_word(mark, start)

    def _ends_after_word(self, mark: int, start: int) -> bool:
        """After one full stop: was it an abbreviation's?"""
        behind = self._text[max(self._begun, mark - BEHIND) : mark + 1]
        match = WORD.search(behind)
        word = match[0] if match else ""
        if word.lower() in NEVER_LAST:
            return False
        if word.lower() in BEFORE_DIGITS and self._at(start).isdigit():
            return False
        if word.lower() in BEFORE_CAPITALS:
            return self._at(start).isupper()
        initial = len(word) == 2 and word[0].isupper()
        if initial or word.lower() in BEFORE_OPENERS or ACRONYM.search(word):
            return word == "I." or self._next_word(start) in SENTENCE_OPENERS
        return True

    def _line_end(self, mark: int) -> int | None:
        """A line without a mark ends a sentence before a blank line or a list's next item."""
        if not (self._wordy or any(map(str.isalnum, self._text[self._scanned : mark]))):
            return None
        behind = self._text[max(self._begun, mark - BEHIND) : mark].rstrip()
        if not behind or behind[-1] in LEADS_ON:
            return None
        start, lines = self._word_after(mark)
        if not self._at(start):
            return None
        return mark if lines > 1 or self._lists(start) else None

    def _word_after(self, index: int) -> tuple[int, int]:
        """Where the spaces from here end, and how many lines end among them."""
        start, lines = index, 0
        while start - index < AHEAD and self._at(start).isspace():
            lines += self._text[start] == "\n"
            start += 1
        return start, lines

    def _lists(self, start: int) -> bool:
        """Does a list's item begin here?"""
        ahead = self._text[start : start + 8]
        if LIST_MARKS.match(ahead):
            return True
        if LIST_MARK_BEGUN.match(ahead):
            self._at(start + len(ahead))
        return False

    def _is_marker(self, mark: int) -> bool:
        """Is this the full stop of a list's number, at the beginning of a sentence or a line?"""
        behind = self._text[max(self._begun, mark - BEHIND) : mark]
        return self._text[mark] == "." and NUMBER_ALONE.search(behind) is not None

    def _next_word(self, start: int) -> str:
        end = start
        while end - start < AHEAD and self._at(end).isalpha():
            end += 1
        return self._text[start:end]


def _closes(character: str) -> bool:
    """A closing quote or bracket, or a part of an emoji."""
    return character in CLOSERS or _is_emoji(character)


def _is_emoji(character: str) -> bool:
    return character in "\u200d\ufe0f\u20e3" or (
        character > "\u2100" and unicodedata.category(character) in ("So", "Sk")
    )


def _spaceless(character: str) -> bool:
    """Is it of a script that writes no spaces between sentences?"""
    return character > "\u2e80" and unicodedata.category(character) == "Lo"


def sentences_of(text: str) -> Iterator[str]:
    """A whole text, sentence by sentence, each with the space before it."""
    start = 0
    while start < len(text):
        one, told, fed = Sentences(1), "", start
        while fed < len(text) and not one.full:
            told += one.feed(text[fed : fed + AT_ONCE])
            fed += AT_ONCE
        told += one.close()
        yield told
        start += len(told)
