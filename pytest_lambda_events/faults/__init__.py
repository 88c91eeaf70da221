"""Planned faults: what a test plans to fail, which attempts it selects, and the effects of the failures."""
