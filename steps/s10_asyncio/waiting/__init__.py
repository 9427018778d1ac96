"""Clients that wait: for a key, or for the end of a pause."""
