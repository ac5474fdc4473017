"""The compare tab: one message, several sources."""
