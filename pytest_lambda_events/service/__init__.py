"""AWS Lambda: functions, their invocation, the asynchronous queue and concurrency."""
