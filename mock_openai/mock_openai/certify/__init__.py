"""How far the mock's own times can be trusted on this machine: load it, listen, compare."""
