"""Child processes: a server until its ready line, a command for a while; all end with us."""
