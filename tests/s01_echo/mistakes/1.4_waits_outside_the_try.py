"""Waits for the next client outside of the try, where Ctrl-C mostly comes.

Caught by: test_ctrl_c_stops_an_idle_server
"""

from __future__ import annotations

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        while (connection := self.next_client()) is not None:
            try:
                self.accepted(connection)
            except KeyboardInterrupt:
                break
        self.close()
