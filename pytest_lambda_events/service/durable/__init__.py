"""Durable functions: executions with checkpoints, and the service that invokes their functions again (DUR)."""
