"""A shop of books, as a package with a src layout."""
