"""The scenarios there are now: files on disk, and what a session brought along."""
