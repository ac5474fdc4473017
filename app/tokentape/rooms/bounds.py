"""How much rooms may hold and how long they remember. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Times are in seconds."""

    rooms: int = 10_000
    """All together, those that are empty but remembered among them."""
    members: int = 1_000
    """People in one room."""
    rooms_each: int = 50
    """Rooms that one connection may be in."""
    remembered: int = 200
    """Messages of one room, within which a repeated one is known."""
    recent: int = 50
    """Messages that a newcomer is given."""
    memory_bytes: int = 64_000_000
    """All messages of all rooms; the oldest go first."""
    gone_s: float = 5.0
    """How long somebody whose last connection was lost counts as there."""
    typing_s: float = 5.0
    """How long somebody types who says no more of it."""
    empty_s: float = 300.0
    """How long an empty room's messages are remembered."""
