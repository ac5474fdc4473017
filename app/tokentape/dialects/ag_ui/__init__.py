"""AG-UI 1.0: an agent's messages, tool calls, reasoning and steps, each with a life of its own.

The contract alone, to judge others by: our server does not speak it yet.
"""
