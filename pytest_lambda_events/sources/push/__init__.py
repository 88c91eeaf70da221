"""What services push to functions and queues: decisions over values, no AWS.

For each push source a module holds the event that it sends and the choice of who receives it. `aws/push/` calls them.
"""
