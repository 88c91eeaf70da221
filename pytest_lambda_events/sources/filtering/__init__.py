"""Filter criteria: the patterns of AWS, and which records match them."""
