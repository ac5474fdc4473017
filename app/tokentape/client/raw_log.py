"""RawLog: the bytes of an answer as they came, with their times, for people who look themselves."""

from dataclasses import dataclass, field


@dataclass
class RawLog:
    """`called` is what people call the answer. What is over `most` bytes is counted only."""

    called: str
    started_ns: int
    """When its question was sent."""
    most: int
    messages: bool = False
    """Whether each block is a message of a socket, and whole; else a stream goes on over them."""
    blocks: list[tuple[int, bytes]] = field(default_factory=list)
    """When each came, and its bytes."""
    size: int = 0
    """Of all that came."""

    def add(self, data: bytes, at_ns: int) -> None:
        """Keep a block, as far as there is room."""
        room = self.most - min(self.size, self.most)
        if data[:room]:
            self.blocks.append((at_ns, data[:room]))
        self.size += len(data)

    @property
    def lost(self) -> int:
        """Bytes that were not kept."""
        return max(0, self.size - self.most)
