"""Documents, and who may find them."""
