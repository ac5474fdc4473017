"""A real server's answers, stored to be played again."""
