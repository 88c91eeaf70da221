"""Resources for handles."""
