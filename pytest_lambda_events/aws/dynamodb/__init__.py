"""moto's DynamoDB, whose changes leave records in streams of our own; repaired where it would be wrong."""
