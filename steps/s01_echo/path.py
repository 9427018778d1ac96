"""Listens at a path in the file system, for clients on the same machine. You may skip this file.

A Unix socket is a socket like any other once it is there. Only its address is a file, with an owner
and permissions. The file outlives a server that was killed, and then keeps the next one from
listening there.

https://man7.org/linux/man-pages/man7/unix.7.html
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from steps.s01_echo.cli import StartError
from steps.s01_echo.server import BACKLOG

CANNOT = "cannot listen at {path!r}: {why}; choose another path with --unixsocket."


@contextmanager
def listening_at(path: str, permissions: int = 0) -> Iterator[socket.socket]:
    """A listening socket at `path`, which is gone again at the end.

    Its file gets `permissions`, such as 0o700; 0 leaves them to the system. Raises StartError if it
    is not possible, and leaves alone whatever is at that path, unless it is the socket of a dead server.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise StartError("this system has no Unix sockets; start without --unixsocket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            remove_stale(path)
            listener.bind(path)
            if permissions:
                os.chmod(path, permissions)  # before anybody can connect
            listener.listen(BACKLOG)
        except OSError as error:
            why = error.strerror or str(error)
            raise StartError(CANNOT.format(path=path, why=why)) from error
        try:
            yield listener
        finally:
            with suppress(OSError):
                os.unlink(path)


def remove_stale(path: str) -> None:
    """Removes the socket that a dead server has left at `path`. Raises StartError for anything else."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise StartError(CANNOT.format(path=path, why="it exists, and is not a socket"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:  # nobody listens
            os.unlink(path)
            return
        except BlockingIOError:  # too many wait already for a server that is there
            pass
    raise StartError(CANNOT.format(path=path, why="another server listens there"))
