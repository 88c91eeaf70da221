"""SQS as an event source: receives, gathers batches, invokes, and deletes what was processed."""
