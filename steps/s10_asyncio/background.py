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
        """Runs all jobs side by side (`self.repeat(job)`) until `stopped` is set.

        The jobs never end by themselves. When this returns, none of them is running any more: each
        has been cancelled, and has had the time to clean up. If one fails, the others end and its
        exception comes out. If this coroutine itself is cancelled, so are the jobs, and whoever
        cancelled it hears that it has ended.

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
