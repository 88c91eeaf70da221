"""Event source mappings: what is polled, how batches are made of it, and what becomes of them."""
