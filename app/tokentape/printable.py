"""Visible: what others wrote, safe to print: a control character can't move a terminal's cursor."""


def visible(text: str) -> str:
    """Text of a server's without power over a terminal."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def visible_lines(text: str) -> str:
    """The same of several lines, which stay lines."""
    return "\n".join(map(visible, text.split("\n")))
