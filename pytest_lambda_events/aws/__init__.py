"""The only rooms that import moto, boto3 and freezegun."""
