"""Answers to steps/s10_asyncio/connection.py."""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        # One write for the whole batch: a pipeline of sixteen commands costs one system call, not
        # sixteen. `close` and not `abort`, which throws away the reply to QUIT. There is no
        # `await` here: the loop calls, gets control back, and goes on with the next client.
        if replies := self.session.receive(data):
            self.send(replies)
        if self.session.closing:
            self.transport.close()
        elif self.session.paused:
            self.regulate()

    def regulate(self) -> None:
        # Both directions are one question: may this client ask for more? Streams and coroutines
        # would use `drain()`; a protocol gets a call. Without a limit for the output, the slowest
        # subscriber decides how much memory the server takes, since it cannot make others publish
        # less. A limit for all clients would cut off one that reads a single large value.
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        elif not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
