"""AWS's Python runtime: loads and calls handlers, encodes their results and writes their logs. Knows nothing of tasks or
clients.
"""
