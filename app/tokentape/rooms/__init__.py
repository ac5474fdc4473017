"""Who is in a room, and whom to tell what."""
