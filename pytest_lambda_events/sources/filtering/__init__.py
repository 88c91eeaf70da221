"""Filter criteria: AWS's patterns, and what they make of records."""
