"""AWS Lambda itself: functions, their invocation, the asynchronous queue and concurrency."""
