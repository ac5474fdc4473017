"""The rooms tab."""
