"""How a mock is set up; read once at the start, then passed down frozen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """`journal_bytes` is an estimate of what the journal holds; the oldest entries go first.

    A client that takes nothing of its answer for `unread_s`, or has not finished its request by
    then, is cut off; 0 waits for ever.
    `largest_body` is in bytes; while one of 32 MB is read and answered, all streams wait 80 ms.
    `most_connections` are open at once, of each worker; whoever comes then is refused.
    `origins` are those of web pages that may call, beside the pages of this machine.
    `peers` is the folder where several workers find each other.
    `record_missing` is the base URL of a real server, which answers what no scenario fits; its
    answers are recorded to the first of `folders`, without what `redact` names. `upstream_key` is
    sent there instead of the client's.
    `profile` is the server that is spoken like. `models` are listed and known; none: OpenAI's.
    """

    host: str = "127.0.0.1"
    port: int = 9100
    seed: int = 0
    folders: tuple[Path, ...] = ()
    strict: bool = False
    strict_models: bool = False
    require_key: bool = False
    admin_token: str | None = None
    workers: int = 1
    journal_entries: int = 10_000
    journal_bytes: int = 64_000_000
    largest_body: int = 32_000_000
    most_connections: int = 20_000
    reload_s: float = 0.5
    unread_s: float = 600.0
    origins: tuple[str, ...] = ()
    peers: Path | None = None
    profile: str = "openai"
    record_missing: str | None = None
    upstream_key: str | None = None
    redact: tuple[str, ...] = ()
    unknown_parameters: Literal["refuse", "warn", "accept"] = "refuse"
    models: tuple[str, ...] = ()
    clock: Literal["real", "virtual"] = "real"
