"""What a request asks for, and how. Pure."""
