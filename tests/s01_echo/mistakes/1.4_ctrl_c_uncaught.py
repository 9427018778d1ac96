"""Closes the port on Ctrl-C, but lets the traceback out.

Caught by: test_ctrl_c_stops_an_idle_server
"""

from __future__ import annotations

from steps.s01_echo import server


class Server(server.Server):
    def run(self) -> None:
        try:
            while (connection := self.next_client()) is not None:
                self.accepted(connection)
        finally:
            self.close()
