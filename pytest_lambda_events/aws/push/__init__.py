"""Push sources on moto: EventBridge, S3, SNS and CloudWatch Logs deliver to functions, queues and topics."""
