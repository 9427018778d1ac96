"""Closes in a line behind the loop, which an error skips.

Caught by: test_an_error_gives_the_port_free_too
"""

from __future__ import annotations

from contextlib import suppress

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        with suppress(KeyboardInterrupt):
            while (connection := self.next_client()) is not None:
                self.accepted(connection)
        self.close()
