"""What was played, to whom, and what clients did wrong."""
