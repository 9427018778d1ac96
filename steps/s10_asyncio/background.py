"""Work in the background: what has to be done now and then, besides serving clients.

A job is an ordinary function that does a little and returns; between two calls of it, everything
else has a turn. All jobs live in one TaskGroup, which can't be left before they have ended.

Source: https://docs.python.org/3/library/asyncio-task.html#task-groups
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A function to be called every `period` seconds."""

    name: str
    period: float
    call: Callable[[], object]


class Background:
    """The jobs of a server."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs

    async def run(self, stopped: asyncio.Event) -> None:
        """Runs all jobs until `stopped` is set; when this returns, none of them is running.

        - In one `asyncio.TaskGroup`, each job has a task: `self.repeat(job)`.
        - Wait for `stopped`. Then cancel each task; the group waits at its end until all are gone.
        - If this coroutine itself is cancelled, its tasks are too: the group takes care of that.
          Do not swallow a CancelledError, or the code that cancelled waits for ever.

        https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup
        """
        raise NotImplementedError("exercise 10.7")

    async def repeat(self, job: Job) -> None:
        """Calls the job again and again. A bug in it is logged, and ends no job."""
        while True:
            await asyncio.sleep(job.period)
            try:
                job.call()
            except Exception:
                log.exception("the background job %s failed; it will be tried again", job.name)
