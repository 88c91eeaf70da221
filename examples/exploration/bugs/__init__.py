"""Handlers with a bug that only a failure, a duplicate or another order shows, each beside the corrected handler."""
