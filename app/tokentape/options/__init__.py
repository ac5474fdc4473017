"""Options of a command, each declared once: as a field of the command's config."""
