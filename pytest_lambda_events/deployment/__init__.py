"""Creates the resources of a template in an environment, and gives them to a test."""
