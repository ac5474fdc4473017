"""Scenarios: what the model will do, as data, and how it is read from YAML."""
