"""Events that services push to functions and queues: decisions over values, without AWS.

For each push source a module has its event and the choice of its targets. `aws/push/` calls them.
"""
