"""Where the calls of botocore go: to our Lambda or to moto, and never to the network."""
