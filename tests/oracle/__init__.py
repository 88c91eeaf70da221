"""AWS's own Python runtime client, run as a process against a Runtime API of ours: the judge of our runtime."""
