"""Returns without a close.

Caught by: test_stop_ends_the_loop_and_closes_the_port
"""

from __future__ import annotations

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        try:
            while (connection := self.next_client()) is not None:
                self.accepted(connection)
        except KeyboardInterrupt:
            self.close()
