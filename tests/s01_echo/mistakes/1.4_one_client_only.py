"""Serves the first client and is done.

Caught by: test_one_client_after_another
"""

from __future__ import annotations

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        try:
            if connection := self.next_client():
                self.accepted(connection)
        except KeyboardInterrupt:
            pass
        finally:
            self.close()
