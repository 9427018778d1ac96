"""The thread receives, and this one sends in small portions until all is sent or the answer is there."""

from __future__ import annotations

import select
import socket
import threading


def exchange(host, port, data):
    connection = socket.create_connection((host, port))
    answer, errors = [], []

    def receive():
        try:
            while part := connection.recv(1 << 16):
                answer.append(part)
        except OSError as error:
            errors.append(error)
        finally:
            done.close()

    done, wake = socket.socketpair()
    receiver = threading.Thread(target=receive, daemon=True)
    receiver.start()
    try:
        connection.setblocking(True)
        sent = 0
        while sent < len(data):
            readable, _, _ = select.select([wake], [connection], [])
            if readable:
                break
            sent += connection.send(data[sent : sent + 4096], socket.MSG_DONTWAIT)
        else:
            connection.shutdown(socket.SHUT_WR)
        receiver.join()
    except OSError:
        receiver.join()
    finally:
        connection.close()
        wake.close()
    if errors:
        raise errors[0]
    return b"".join(answer)
