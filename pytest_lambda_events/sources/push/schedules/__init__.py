"""Schedules: their expressions, the instants at which they fire, and what their targets receive."""
