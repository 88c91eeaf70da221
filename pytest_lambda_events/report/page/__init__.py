"""The journal as a picture on a separate page: read, condensed, laid out, drawn."""
