"""Lambda on moto: its API, and the parts of IAM, S3, KMS, CloudWatch and the targets of its destinations that it needs."""
