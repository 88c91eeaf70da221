"""Kafka as an event source: topics, consumer groups, and the mappings that read them."""
