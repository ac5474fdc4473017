"""A run as a page, as lines of a terminal, as files; two runs beside each other."""
