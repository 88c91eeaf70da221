"""AWS's Python runtime: how a handler is loaded, called, answered for and logged. Knows nothing of tasks or clients."""
