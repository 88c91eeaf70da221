"""Runs a test many times, each time with other failures, duplicates and orders that AWS allows."""
