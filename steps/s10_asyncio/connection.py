"""Exercise 10.1: the life of a connection, from its first moment to its last.

This module is yours as a whole. It defines

    class Connection(Flow)

in which `Flow` (steps/s10_asyncio/flow.py) knows how to send, and when to stop reading. The event
loop makes a Connection for each client, and calls one of four methods when something happens to it.
They make up its life:

- `connection_made(transport)`: the client is there. Keep the transport, through which everything
  goes out. Then `self.welcome(self)` returns the session, which talks with the client from now on;
  it may write at once, to refuse one client too many.
- `data_received(data)`: bytes have come, cut anywhere. `self.arrived(data)` notes it. The session
  receives them and returns the replies to all requests that are complete now; they go out in one
  `self.send`, and nothing is sent if there are none. These very requests may have changed the
  session: if it is `closing` afterwards (QUIT), the connection ends once everything that was
  written has gone out. If it is `paused` instead (it waits for a list to be filled), its requests
  pile up, and `self.regulate()` decides whether to read on. An exception ends this client only: the
  connection of a CrossProtocolAttack (steps/s03_store/attack.py) is cut off without a word, and any
  other exception goes to `self.fail(error)`.
- `eof_received()`: the client sends nothing more, and may still be reading. The session hangs up
  (`hang_up`) once it has answered what has come. Until then the transport has to stay open.
- `connection_lost(error)`: it is over, whoever ended it. The session leaves, `self.gone` says so, and
  a timer that still runs (`self.timer`) is cancelled: nothing may happen to a connection any more.

Never wait in here: all clients share this thread.

https://docs.python.org/3/library/asyncio-protocol.html#connection-callbacks
"""
