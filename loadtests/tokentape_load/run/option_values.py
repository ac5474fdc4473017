"""Values of single options of a load run, read from what was written. Each raises `ValueError` with
what to write instead."""

from pathlib import Path
from urllib.parse import urlsplit

from tokentape.contract.nearest import nearest
from tokentape.load_options import read_duration
from tokentape.printable import visible
from tokentape_load.child_processes.server_freeze import Freeze
from tokentape_load.metrics.limits import Limits, LimitsFault, read_limits
from tokentape_load.workload.journeys import JOURNEYS

_LIMITS_BYTES = 1_000_000


def read_url(written: str) -> str:
    """A root URL, without a slash at its end."""
    try:
        parts = urlsplit(written)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise ValueError(f"{written}: write it as http://host:port")
    return written.rstrip("/")


def read_freeze(written: str) -> Freeze:
    """So long, so often."""
    length, slash, every = written.partition("/")
    if not slash:
        raise ValueError(f"{written}: write it as 2s/10s: so long, so often")
    freeze = Freeze(read_duration(length), read_duration(every))
    if freeze.for_s >= freeze.every_s:
        raise ValueError(f"{written}: it has to be shorter than its distance")
    return freeze


def read_limits_file(written: str) -> Limits:
    """The limits that a YAML file has."""
    try:
        with Path(written).open("rb") as file:
            text = file.read(_LIMITS_BYTES + 1)
        if len(text) > _LIMITS_BYTES:
            raise LimitsFault(f"more than {_LIMITS_BYTES:,} bytes are no limits")
        return read_limits(text.decode("utf-8"))
    except OSError as error:
        raise ValueError(f"{written}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{written}: it is not UTF-8 text") from error
    except LimitsFault as fault:
        raise ValueError(f"{written}: {visible(str(fault))}") from fault


def read_tag(written: list[str]) -> tuple[str, ...]:
    """Names of journeys."""
    for tag in written:
        if tag not in JOURNEYS:
            raise ValueError(f"{tag}: no journey has this tag.{nearest(tag, JOURNEYS)}")
    return tuple(written)
