"""Catches Ctrl-C inside the loop, so it ends one client and not the server.

Caught by: test_ctrl_c_stops_a_busy_server
"""

from __future__ import annotations

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        while (connection := self.next_client()) is not None:
            try:
                self.accepted(connection)
            except KeyboardInterrupt:
                continue
        self.close()
