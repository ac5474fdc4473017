"""What is said of one answer."""
