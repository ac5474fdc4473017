"""One answer as every tab shows it."""
