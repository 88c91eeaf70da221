"""Virtual time, cooperative tasks and the journal: knows nothing of AWS, pytest or moto."""
