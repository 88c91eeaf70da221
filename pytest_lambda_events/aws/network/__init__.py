"""Routes calls of botocore to our Lambda or to moto, and never to the network."""
