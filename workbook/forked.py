"""A process that another one has forked for us: it is not our child, and is used like a `Popen`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod


class Forked(ABC):
    """What is known of it. How its end is learned depends on who has forked it."""

    stdin = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    @abstractmethod
    def look(self, seconds: float | None) -> int | None:
        """Its exit code; None if it still runs after that many seconds (None: waits for its end)."""

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
