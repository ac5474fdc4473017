"""What of a failure the log gets, and what a caller."""

import logging

from tokentape.errors import UpstreamFault
from tokentape.runs.redaction import Redaction
from tokentape.runs.upstream_errors import UpstreamFailure

log = logging.getLogger("tokentape.upstream")


def fault_of(failure: UpstreamFailure, redaction: Redaction) -> UpstreamFault:
    """Log it, with secrets masked; what a caller may know of it."""
    cause = failure.cause
    log.warning(
        "upstream failed: %s, status %s, code %s, request %s: %s",
        failure.code,
        cause.status or "-",
        " ".join((str(cause.number or ""), redaction.for_log(cause.word))).strip() or "-",
        (cause.request_id or "-")[:128],
        redaction.for_log(cause.message) or failure.lead,
    )
    number = cause.number if cause.number != cause.status else None
    facts = [str(one) for one in (cause.status, number) if one is not None]
    if word := redaction.identifier(cause.word):
        facts.append(word)
    message = failure.lead + (f" ({', '.join(facts)})" if facts else "")
    public = "" if cause.private else redaction.for_caller(cause.message)
    message += f": {public}" if public else "."
    return UpstreamFault(failure.code, message, retry_after_s=cause.retry_after_s)
