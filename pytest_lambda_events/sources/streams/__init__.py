"""Kinesis and DynamoDB Streams as event sources: shards in order, retries, bisecting, windows and checkpoints."""
