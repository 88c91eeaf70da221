"""EventBridge Pipes: batches of a queue or stream are filtered, enriched, and sent to a target."""
