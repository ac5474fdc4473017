"""The one way in which a check ends without a verdict."""


class CouldNotRun(Exception):
    """The check has no verdict; the message names what is in the way, and the way out."""
