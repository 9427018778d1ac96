"""A process that another one has forked for us: it is not our child, and is used like a `Popen`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import IO


class Answers:
    """What a process says of its forks: lines like `7 runs 4711` and `7 gone -9`.

    7 is the number of the order that it was given, 4711 that of the fork, and -9 how it ended. What is
    said first counts: who says more may only have seen less.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.said: dict[tuple[int, str], int] = {}
        self.over = False
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        """Takes in every line, until there will be no more."""
        with contextlib.suppress(OSError, ValueError), self.stream:
            for line in self.stream:
                number, word, value = line.decode("ascii").split()
                with self.changed:
                    self.said.setdefault((int(number), word), int(value))
                    self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def wait(self, number: int, word: str, seconds: float | None) -> int | None:
        """What was said of this order; None if it is not within that time. OSError if it can't be."""
        said = (number, word)
        with self.changed:
            self.changed.wait_for(lambda: said in self.said or self.over, seconds)
            if said in self.said:
                return self.said[said]
            if self.over:
                raise OSError("it has ended")
            return None


class Forked:
    """What is known of it: the answers of the one that has forked it, and the number of the order."""

    stdin = None

    def __init__(self, answers: Answers, number: int, pid: int) -> None:
        self.answers = answers
        self.number = number
        self.pid = pid
        self.returncode: int | None = None

    def look(self, seconds: float | None) -> int | None:
        """Its exit code; None if it still runs after that many seconds (None: waits for its end)."""
        try:
            return self.answers.wait(self.number, "gone", seconds)
        except OSError:  # the one that has forked it has died, and has taken it along
            return -signal.SIGKILL

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        if self.returncode is None:
            self.returncode = self.look(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its exit code; TimeoutExpired if that takes longer."""
        if self.returncode is None:
            self.returncode = self.look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Sends it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Ends it."""
        with contextlib.suppress(OSError):
            self.send_signal(signal.SIGKILL)
