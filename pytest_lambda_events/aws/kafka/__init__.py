"""Repairs of moto's Amazon MSK."""
