"""RDB files: snapshots in the format of Redis, written and read."""
