"""The chat protocols, a package each: contract, spelling, routes."""
