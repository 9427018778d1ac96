"""Keyspace notifications: clients subscribe to what happens to keys."""
