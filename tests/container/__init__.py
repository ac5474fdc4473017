"""The container files, read and executed without an engine."""
