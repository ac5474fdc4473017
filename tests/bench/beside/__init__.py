"""This tree beside another revision of it, in turns."""
