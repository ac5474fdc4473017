"""From a request to its plan, cached."""
