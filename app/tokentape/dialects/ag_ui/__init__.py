"""AG-UI 1.0: an agent's messages, reasoning and tool calls, each with a life of its own."""
