"""Guard of what load runs start: the one that the app has for its own."""

from tokentape.child_processes.guard import GRACE_S, guarded

__all__ = ["GRACE_S", "guarded"]
