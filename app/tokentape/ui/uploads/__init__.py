"""Files that a page hands in to replay, and how much of them there may be."""
