"""Servers that a run starts, their guard, and how one is frozen."""
