"""A regular expression, read into a tree. Pure.

The syntax is that of JSON schema's `pattern` (ECMA-262), with what Python writes otherwise:
`(?P<name>…)`, `(?P=name)`, `(?#…)`, `\\A`, `\\Z`. What looks around, and conditional groups, are
refused. Python's own parser is not asked: it warns, and it has no bound.
"""

import re
from dataclasses import dataclass

from mock_openai.text.work_limit import spend

LONGEST = 4_000  # characters of an expression
DEEPEST = 50  # groups inside of groups
WIDEST = 256  # characters of a range that are chosen from
PRINTABLE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ _-.,:;!?/#%&()+*=@"
_CATEGORIES = {name: re.compile("\\" + name) for name in "dDsSwW"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_REPEATS = re.compile(r"([*+?]|\{([0-9]{1,9})?(,([0-9]{1,9})?)?\})[?+]?")
_BRACES = re.compile(r"\{[0-9]*(,[0-9]*)?\}")
_CODES = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}")
_TO = re.compile(r"-(?=[^\]])", re.DOTALL)
_NAMED = re.compile(r"P?<([^\W\d]\w{0,99})>")
_FLAGS = re.compile(r"([imsu]*)(-[ims]+)?([:)])")
UNENDING = 2**31


class ExpressionError(ValueError):
    """It is no expression, or says something that is not understood here."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One character, any of these."""

    choices: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """`inner`, from `least` to `most` times."""

    least: int
    most: int
    inner: "Node"


@dataclass(frozen=True, slots=True)
class Group:
    """One of the alternatives; `names` are those by which its text is referred to."""

    alternatives: "tuple[tuple[Node, ...], ...]"
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """What the group of that name or number has said."""

    name: str


Node = Letter | Repeat | Group | Reference
_NOTHING = Group(((),))  # anchors, comments, flags


def read_expression(pattern: str) -> Group:
    """The whole expression as one group. Raises ExpressionError."""
    if len(pattern) > LONGEST:
        raise ExpressionError(f"it has more than {LONGEST:,} characters")
    spend(2 * len(pattern))
    reading = _Reading(pattern)
    tree = reading.alternatives(0)
    if not reading.at_end:
        raise ExpressionError("a ')' closes nothing")
    return Group(tree)


class _Reading:
    """A place in an expression, which goes on."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._groups = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._pattern)

    def _next(self) -> str:
        if self.at_end:
            raise ExpressionError("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]

    def _skip(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _match(self, regex: re.Pattern[str]) -> re.Match[str] | None:
        match = regex.match(self._pattern, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def alternatives(self, depth: int) -> tuple[tuple[Node, ...], ...]:
        """Up to the end, or up to the bracket that closes."""
        if depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} groups are inside of each other")
        branches: list[tuple[Node, ...]] = []
        nodes: list[Node] = []
        while not self.at_end and self._pattern[self._at] != ")":
            if self._skip("|"):
                branches.append(tuple(nodes))
                nodes = []
            else:
                nodes.append(self._repeated(self._one(depth)))
        return (*branches, tuple(nodes))

    def _repeated(self, node: Node) -> Node:
        match = self._match(_REPEATS)
        if match is None or match[1] == "{}":
            if match is not None:  # plain text
                self._at = match.start()
            return node
        if node is _NOTHING or self._pattern.startswith(("*", "+", "?"), self._at):
            raise ExpressionError("there is nothing to repeat")
        if match[1] in "*+?":
            least, most = (match[1] == "+"), (1 if match[1] == "?" else UNENDING)
            return Repeat(int(least), most, node)
        low = int(match[2] or 0)
        high = low if match[3] is None else int(match[4]) if match[4] else UNENDING
        if low > high:
            raise ExpressionError("a repetition ends before it begins")
        return Repeat(low, high, node)

    def _one(self, depth: int) -> Node:
        letter = self._next()
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return Letter(self._class())
        if letter == "\\":
            return self._escaped()
        if letter == ".":
            return Letter(PRINTABLE)
        if letter in "^$":
            return _NOTHING
        if letter in "*+?":
            raise ExpressionError("there is nothing to repeat")
        if letter == "{":
            self._at -= 1
            if (match := _BRACES.match(self._pattern, self._at)) and match[0] != "{}":
                raise ExpressionError("there is nothing to repeat")
            self._at += 1
        return Letter(letter)

    def _group(self, depth: int) -> Node:
        names: tuple[str, ...] = ()
        if not self._skip("?"):
            names = self._numbered()
        elif self._skip("#"):
            while self._next() != ")":
                pass
            return _NOTHING
        elif self._skip("P="):
            return Reference(self._up_to(")"))
        elif match := self._match(_NAMED):
            names = (*self._numbered(), match[1])
        elif not self._skip(":") and not self._skip(">"):
            flags = self._match(_FLAGS)
            if flags is None:
                raise ExpressionError("it looks around, or does something else unknown")
            if flags[3] == ")":
                return _NOTHING
        inner = self.alternatives(depth + 1)
        if not self._skip(")"):
            raise ExpressionError("a '(' is not closed")
        return Group(inner, names)

    def _numbered(self) -> tuple[str, ...]:
        self._groups += 1
        return (str(self._groups),)

    def _up_to(self, end: str) -> str:
        text = ""
        while (letter := self._next()) != end:
            text += letter
        return text

    def _escaped(self) -> Node:
        letter = self._next()
        if letter in "bBAZz":
            return _NOTHING
        if letter == "k" and self._skip("<"):
            return Reference(self._up_to(">"))
        if letter in "123456789":
            if not self.at_end and self._pattern[self._at] in "0123456789":
                letter += self._next()
            return Reference(letter)
        return Letter(_of_category(letter) or self._coded(letter))

    def _coded(self, letter: str) -> str:
        """The character that an escape stands for, from the letter after the backslash on."""
        if letter in "xu":
            self._at -= 1
            match = self._match(_CODES)
            if match is None:
                raise ExpressionError("an escape of a character is not whole")
            code = int(match[1] or match[2] or match[3], 16)
            if 0xD800 <= code < 0xDC00 and self._skip("\\") and (low := self._match(_CODES)):
                code = 0x10000 + ((code & 0x3FF) << 10) + (int(low[2] or "0", 16) & 0x3FF)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise ExpressionError("there is no such character")
            return chr(code)
        if letter == "c":
            return chr(ord(self._next()) % 32)
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter.isalnum() and letter.isascii():
            raise ExpressionError(f"the escape \\{letter} is unknown")
        return letter

    def _class(self) -> str:
        """What a character class may be: of what is printable, or of what it names itself."""
        negated = self._skip("^")
        named = ""
        first = True
        categories: list[re.Pattern[str]] = []
        while first or not self._skip("]"):
            first = False
            low = self._member(categories)
            if low and self._match(_TO) is not None:
                low = _span(low, self._member(categories))
            named += low
        in_category = "".join(
            one for one in PRINTABLE if any(chars.match(one) for chars in categories)
        )
        spend(len(named))
        inside = named + in_category
        choices = "".join(one for one in PRINTABLE if one not in inside) if negated else inside
        if not choices:
            raise ExpressionError("a class of characters has none")
        return choices

    def _member(self, categories: list[re.Pattern[str]]) -> str:
        """One character of a class; nothing where it is a category."""
        letter = self._next()
        if letter != "\\":
            return letter
        letter = self._next()
        if letter in _CATEGORIES:
            categories.append(_CATEGORIES[letter])
            return ""
        return "\b" if letter == "b" else self._coded(letter)


def _of_category(letter: str) -> str:
    category = _CATEGORIES.get(letter)
    return "" if category is None else "".join(one for one in PRINTABLE if category.match(one))


def _span(low: str, high: str) -> str:
    if not high or low > high:
        raise ExpressionError("a range ends before it begins")
    last = min(ord(high), ord(low) + WIDEST - 1)
    spend(last - ord(low) + 1)
    return "".join(chr(one) for one in range(ord(low), last + 1) if not 0xD800 <= one < 0xE000)
