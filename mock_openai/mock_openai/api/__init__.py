"""The /v1 routes that are not played: what is stored is listed, read, changed and deleted."""
