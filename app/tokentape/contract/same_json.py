"""Same JSON: whether two decoded values are one. Python takes true for 1, JSON does not. Pure."""

from tokentape.contract.contract import Json


def same_json(one: Json, other: Json) -> bool:
    """Whether they are the same value, however deeply it is nested. Numbers are compared by their
    worth, in the digits of the one that is known less exactly."""
    left = [(one, other)]
    while left:
        first, second = left.pop()
        if isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            left += ((value, second[key]) for key, value in first.items())
        elif isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            left += zip(first, second, strict=True)
        elif not _same(first, second):
            return False
    return True


def _same(first: Json, second: Json) -> bool:
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, float) and isinstance(second, int):
        return first == float(second)
    if isinstance(first, int) and isinstance(second, float):
        return float(first) == second
    return bool(first == second)
