"""Who signs in here, so that nobody else is known elsewhere by their names."""

from collections import OrderedDict

KNOWN_MAX = 100_000
"""Users that are remembered; over it the one who has not been seen for longest is forgotten."""


class Users:
    """The `sub`s that good tokens have named."""

    def __init__(self, most: int = KNOWN_MAX) -> None:
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()

    def saw(self, sub: str) -> None:
        """Somebody is signed in as `sub`."""
        self._known[sub] = None
        self._known.move_to_end(sub)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def knows(self, name: str) -> bool:
        """Whether it is the `sub` of somebody who signs in."""
        return name in self._known
