"""A turn's steps, as YAML."""
