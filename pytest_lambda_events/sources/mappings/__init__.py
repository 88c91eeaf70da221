"""Event source mappings in the Lambda API: created, checked, changed and shown."""
