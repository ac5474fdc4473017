"""Numbers as people read them: what is not known is a dash, never 0."""

ABSENT = "–"


def plain(value: float | None) -> str:
    """With as many decimals as can matter: 0.0045, 0.42, 6.80, 231.5, 12,400."""
    if value is None:
        return ABSENT
    size = abs(value)
    if size >= 1_000 or value == int(value):
        return f"{value:,.0f}"
    if size < 0.1:
        return f"{value:.2g}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def signed(value: float | None) -> str:
    """A change: +12.3, −4, 0."""
    return ABSENT if value is None else ("+" if value > 0 else "") + plain(value).replace("-", "−")


def tick(value: float) -> str:
    """Short, for beside an axis: 0.05, 20, 5k, 2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            unit = 1e3 if letter == "k" else size
            return f"{value / unit:g}{letter}"
    return f"{value:g}" if value < 1e4 else f"{value:,.0f}"


def ms_tick(ms: float) -> str:
    """A time beside an axis: 0.5 ms, 200 ms, 2 s."""
    return f"{ms / 1_000:g} s" if ms >= 1_000 else f"{ms:g} ms"


def seconds_tick(seconds: float) -> str:
    """A moment of a run beside an axis: 20 s, 3 min, 2 h."""
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 7_200 else f"{seconds / 3_600:g} h"
