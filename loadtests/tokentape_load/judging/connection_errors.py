"""What there is to say of a connection that can't be made, breaks, or falls silent."""

import ssl

from geventhttpclient.response import HTTPParseError

LOST = (OSError, HTTPParseError)
"""How such a connection shows itself."""

SILENT = "nothing was heard within the time that --silence gives"


def words_of(error: BaseException) -> str:
    """What went wrong and, where that is known, what to do about it."""
    if isinstance(error, HTTPParseError):
        return f"no HTTP answer: {error.args[0] if error.args else 'broken off'}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message or error}; SSL_CERT_FILE names certificates to trust"
    if isinstance(error, TimeoutError) and str(error) in ("", "timed out"):
        return SILENT
    return str(error) or type(error).__name__
