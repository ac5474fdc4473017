"""The load tab."""
