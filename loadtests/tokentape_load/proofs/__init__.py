"""Claims that only a running machine can show, each with its figure and its limit."""
