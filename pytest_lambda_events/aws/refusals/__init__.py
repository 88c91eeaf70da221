"""Calls and resources that are refused or warned about, because the simulation or moto does not do what AWS does."""
