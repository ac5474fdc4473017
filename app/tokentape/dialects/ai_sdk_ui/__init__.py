"""The AI SDK's UI message stream, version 1: what `useChat` reads.

The contract alone, to judge others by: our server does not speak it yet.
"""
