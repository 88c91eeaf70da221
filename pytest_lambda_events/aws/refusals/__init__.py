"""Calls and resources that are refused or cause a warning, because the simulation or moto differs from AWS."""
