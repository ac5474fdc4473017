"""Other tools' recordings and fixtures, as scenarios."""
