"""Does not wait for the event where there are no jobs.

Caught by: test_without_jobs
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        if not self.jobs:
            return
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.repeat(job)) for job in self.jobs]
            await stopped.wait()
            for task in tasks:
                task.cancel()
