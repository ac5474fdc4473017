"""What the files that pages replay may take together. Pure."""

import weakref


class UploadQuota:
    """So many bytes, for things that are there for as long as somebody looks at them.

    A file's events take about six times its bytes, and a replay may last a day.
    """

    most = 64_000_000
    """Bytes, of all files together."""

    def __init__(self) -> None:
        self.taken = 0

    def consume(self, size: int) -> bool:
        """Take some of it; whether there was so much."""
        if self.taken + size > self.most:
            return False
        self.taken += size
        return True

    def give_back(self, size: int) -> None:
        """What was taken is free again."""
        self.taken -= size

    def give_back_with(self, thing: object, size: int) -> None:
        """It is free again once the thing is no more."""
        weakref.finalize(thing, self.give_back, size).atexit = False
