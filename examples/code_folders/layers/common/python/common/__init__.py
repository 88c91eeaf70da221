"""Code that both functions have from a layer."""
