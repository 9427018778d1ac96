"""The append-only file: a journal of every change, in a folder with a manifest as in Redis 7."""
