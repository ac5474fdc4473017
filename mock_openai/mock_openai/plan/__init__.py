"""Frames with due times, and the bytes of each write. Pure."""
