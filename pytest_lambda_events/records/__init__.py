"""What Lambda delivers when an event ends: the shapes, and how to read them."""
