"""One ASGI app from the settings, and how uvicorn runs it."""
