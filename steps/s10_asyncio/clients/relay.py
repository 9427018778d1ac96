"""Exercise 10.9: a relay, which stands between clients and a server and passes on what they say.

This module is yours as a whole. It defines

    async def relay(listener: socket.socket, port: int) -> None

which serves the clients that connect to the listening socket `listener`, until its task is
cancelled. Each client gets a connection of its own to the server at 127.0.0.1:`port`. From then on
all that one side sends arrives at the other: the same bytes, in order, and at once, even if it is only
half a request.

- One side may end its half of the connection, and still read. The relay passes the end on, after
  everything that came before it, and the other side may go on sending. When both halves have ended, the
  two connections are closed.
- If one of the two connections breaks, the other one is closed, too. If the server cannot be
  reached, the client is disconnected. Neither affects any other client.
- Memory is limited. If one side sends and the other does not read, the relay soon takes no
  more from the first; some hundred kilobytes may lie in between.
- When `relay` is cancelled, all connections are closed, no task of it is left, and the
  CancelledError comes out. The listener belongs to the caller, who closes it.

How you build it is up to you. asyncio has three ways to a socket: streams, protocols with their
transports, and the loop's own `sock_recv` and its kin. A relay is a few dozen lines in each.

`python -m steps.s10 relay --port 6380 --to 6379` runs it: then `redis-cli -p 6380` talks to the
server at port 6379.

https://docs.python.org/3/library/asyncio-stream.html
https://docs.python.org/3/library/asyncio-protocol.html
https://docs.python.org/3/library/asyncio-eventloop.html#working-with-socket-objects-directly
"""
