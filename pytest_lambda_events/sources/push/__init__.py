"""What services push to functions and queues: decisions over values, no AWS."""
