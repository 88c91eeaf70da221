"""Creates resources by the calls that a test with boto3 would make (TPL-F5)."""
