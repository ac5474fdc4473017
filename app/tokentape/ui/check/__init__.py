"""The check tab."""
