"""Runs and their tapes, and the reader of the upstream."""
