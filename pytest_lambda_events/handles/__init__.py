"""What a test holds: functions, queues and the views of what happened to them."""
