"""Makes moto's DynamoDB cheaper with the same results: expressions are parsed once, and items are copied without `copy`."""
