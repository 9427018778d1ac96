"""How fast the servers of this repository are, compared with each other and with redis-server."""
