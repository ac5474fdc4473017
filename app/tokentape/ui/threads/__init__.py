"""The threads tab."""
