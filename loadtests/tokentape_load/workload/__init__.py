"""What is asked, of whom, how often. Pure."""
