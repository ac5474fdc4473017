"""The gates tab: clients held at a gate, released by hand."""
