"""Schema registries of Kafka: their schemas, the prefix of encoded data, and what a mapping delivers of a record (KAF-66)."""
