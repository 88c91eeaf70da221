"""The filter patterns of CloudWatch Logs: terms, conditions on JSON, and conditions on space-delimited fields."""
