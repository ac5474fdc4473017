"""How late the mock's frames are, and how many streams it can serve: `make bench-mock`."""
