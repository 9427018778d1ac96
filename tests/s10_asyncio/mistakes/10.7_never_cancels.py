"""Waits for tasks that never end by themselves.

Caught by: test_all_jobs_run
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for job in self.jobs:
                group.create_task(self.repeat(job))
            await stopped.wait()
