"""Who is in a room, and which events go to whom."""
