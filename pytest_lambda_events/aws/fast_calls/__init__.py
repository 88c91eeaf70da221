"""Answers most calls of boto3 without signing, HTTP and URLs: what comes back is the same."""
