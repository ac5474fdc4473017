"""The official client's own test suite, run against the mock; `make clients` installs it."""
