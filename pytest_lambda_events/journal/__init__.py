"""What happened in a simulated AWS: one typed class for each kind of entry, and the list that holds the entries."""
