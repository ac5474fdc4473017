"""What every dialect adds to its word for a failure. Pure."""

from typing import Any

from tokentape.runs.events import Broken, Failed


def retry_after(failure: Failed | Broken) -> dict[str, Any]:
    """`retryAfter` in seconds, where the upstream said when it may be tried again."""
    seconds = failure.retry_after_s
    return {} if seconds is None else {"retryAfter": seconds}
