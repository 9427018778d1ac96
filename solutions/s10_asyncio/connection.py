"""The life of a connection.

There is one write for a whole batch: a pipeline of sixteen commands costs one system call, not
sixteen. There is no `await`: the loop calls, gets control back, and goes on with the next client.
"""

from __future__ import annotations

import asyncio

from steps.s03_store.attack import CrossProtocolAttack
from steps.s10_asyncio.flow import Flow


class Connection(Flow):
    """The event loop's end of a session."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.session = self.welcome(self)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self.arrived(data)
        try:
            if replies := self.session.receive(data):
                self.send(replies)
            # `close` and not `abort`, which throws away the reply to QUIT.
            if self.session.closing:
                self.transport.close()
            elif self.session.paused:
                self.regulate()
        except CrossProtocolAttack:
            self.transport.abort()
        except Exception as error:
            self.fail(error)

    def eof_received(self) -> bool:
        """The client sends nothing more. True: the transport need not close itself."""
        self.session.hang_up()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        self.gone = True
        if self.timer:
            self.timer.cancel()
        self.session.leave()
