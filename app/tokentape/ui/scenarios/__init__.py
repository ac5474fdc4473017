"""The scenarios tab."""
