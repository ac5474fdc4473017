"""What a run counts of itself, and whether it passes. Pure."""
