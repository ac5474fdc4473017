"""Plays a plan at absolute times and keeps the ledger of what was written when."""
