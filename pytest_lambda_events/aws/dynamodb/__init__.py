"""moto's DynamoDB, repaired where it is wrong. Changes of items create records in our own streams."""
