"""When garbage is collected: while nothing is due. A collection in between would hold up every
stream for milliseconds; what requests leave behind goes by reference counts, without one."""

import gc

from mock_openai.playback.player import Player

GROWN = 50_000  # objects since the last collection that are worth one
TOO_MANY = 1_000_000  # some 100 MB: then at once, whatever is due
QUIET_NS = 10_000_000


def calm() -> None:
    """All that is there now stays: it is looked at no more, and Python does not collect unasked."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect(player: Player) -> None:
    """To be called now and then. Everything is looked at only when no stream is open."""
    grown = gc.get_count()[0]
    if grown < GROWN:
        return
    if not player.streams:
        gc.collect()
    elif player.quiet_ns() > QUIET_NS or grown > TOO_MANY:
        gc.collect(0)
