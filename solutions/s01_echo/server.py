from __future__ import annotations

import socket
import sys

from steps.s01_echo import server
from steps.s01_echo.server import BACKLOG, CHUNK, resolve


def listen(host: str, port: int) -> socket.socket:
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # For up to two minutes after a close, TCP keeps the port in TIME_WAIT, for packets that
        # arrive late. Without this option, a restarted server gets "address already in use" for
        # that long. It must come before bind, which checks it. On Windows the same name means
        # "share the port with anyone".
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        # An abandoned socket would keep its descriptor until the garbage collector runs.
        listener.close()
        raise
    return listener


class Server(server.Server):
    def run(self) -> None:
        try:
            while (connection := self.next_client()) is not None:
                self.accepted(connection)
        except KeyboardInterrupt:
            # Caught outside the loop: Ctrl-C ends the server even while a client is being served.
            # A try inside the loop would end that client and go on with the next.
            pass
        finally:
            # In `finally`, not after the loop, so that an unexpected error releases the port as
            # well.
            self.close()

    def guard(self, connection: socket.socket) -> None:
        # `with` closes on every way out; a close() as the last line would be skipped by an
        # exception, and the client would wait for ever.
        with connection:
            try:
                self.handle(connection)
            except OSError:
                # Wider than ConnectionError on purpose: an unreachable peer raises TimeoutError or
                # a plain OSError. It comes before Exception, or it would be reported as a bug.
                pass
            except Exception as error:
                # Not `except:` and not BaseException: those would swallow Ctrl-C too.
                self.report(connection, error)

    def handle(self, connection: socket.socket) -> None:
        # Only b"" means the end. A short recv does not: TCP is a stream, and may be cut anywhere.
        while data := connection.recv(CHUNK):
            # Not send, which writes what fits into the kernel's buffer and returns how much that
            # was. If the client reads slowly, the rest would be lost.
            connection.sendall(data)
