"""What we started ends when we end."""
