"""How fast the servers of this repository are, beside each other and beside redis-server."""
