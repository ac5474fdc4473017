"""A server with known times, to hold the load tester itself to."""
