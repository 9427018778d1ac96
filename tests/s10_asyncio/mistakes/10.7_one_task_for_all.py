"""Calls all jobs in one loop: the bug of one ends them all.

Caught by: test_a_job_that_fails
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            for job in self.jobs:
                await asyncio.sleep(job.period)
                job.call()
