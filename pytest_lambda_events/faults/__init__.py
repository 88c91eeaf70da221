"""Planned faults: what a test asks to fail, which attempts that selects, and what the failures do."""
