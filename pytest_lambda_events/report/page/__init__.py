"""The journal as a picture on a page of its own: read, condensed, laid out, drawn."""
