"""Event source mappings as the Lambda API has them: made, checked, changed and shown."""
