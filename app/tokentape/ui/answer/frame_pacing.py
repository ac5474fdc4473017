"""How often one page is given something new to paint, by how well it keeps up.

Pure: times are handed in, in seconds of one clock. A page that can't paint as fast as text comes
would fall ever further behind; given larger frames less often, it shows the same text sooner.
"""

from collections import deque

FRAME_S = 0.016
"""One frame of a 60 Hz screen: updates that come faster are not painted one by one."""
CROWDED = 3
"""With so many events in a frame, every other frame is as good to read and half the work."""
SLOWEST_S = 0.5
PER_CHARACTER_S = 5e-8
"""What each character already on the page adds to a frame, as the page looks through it."""
BEHIND_S = 0.15
"""So late a page does not keep up."""
LEVEL_S = 0.06
"""So early it does, and may have more."""
UNTOLD_MAX = 4_096
"""Updates remembered that the page has not told of; a page that tells nothing stays unpaced."""


class Pace:
    """The pace of one answer on one page."""

    def __init__(self) -> None:
        self._between_s = FRAME_S
        self._sent: deque[tuple[int, float]] = deque(maxlen=UNTOLD_MAX)

    def frame_s(self, characters: int, events: int = 1) -> float:
        """The least time until the next update of a page that shows so many characters, after one
        of so many events."""
        between_s = max(self._between_s, 2 * FRAME_S) if events >= CROWDED else self._between_s
        return between_s + characters * PER_CHARACTER_S

    def sent(self, characters: int, at_s: float) -> None:
        """Note that the page was sent its text up to here."""
        self._sent.append((characters, at_s))

    def drawn(self, characters: int, at_s: float) -> None:
        """The page told that it has drawn its text up to here. What was never sent is ignored."""
        lag_s = None
        while self._sent and self._sent[0][0] <= characters:
            reached, sent_s = self._sent.popleft()
            if reached == characters:
                lag_s = at_s - sent_s
        if lag_s is None:
            return
        if lag_s > BEHIND_S:
            self._between_s = min(max(2 * self._between_s, lag_s / 2), SLOWEST_S)
        elif lag_s < LEVEL_S:
            self._between_s = max(self._between_s / 1.5, FRAME_S)
