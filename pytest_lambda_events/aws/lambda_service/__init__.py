"""Lambda on moto: its API, and what it needs of IAM, S3, KMS, CloudWatch and the targets of its destinations."""
