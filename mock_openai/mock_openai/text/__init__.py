"""Words, numbers and JSON values out of a seed. Pure."""
