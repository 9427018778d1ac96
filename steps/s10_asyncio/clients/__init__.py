"""The other end of a connection: programs that talk to a server, on an event loop of their own."""
