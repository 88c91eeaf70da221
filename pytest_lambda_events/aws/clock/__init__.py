"""The virtual clock in the process: code that reads the time or waits follows it, or is refused."""
