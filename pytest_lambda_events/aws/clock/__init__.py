"""The virtual clock in the process: everything that reads the time or waits follows it, or is refused."""
