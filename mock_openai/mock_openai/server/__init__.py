"""The application, its workers, its metrics and its description."""
