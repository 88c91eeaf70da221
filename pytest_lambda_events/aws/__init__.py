"""The only package that imports moto, boto3 and freezegun."""
