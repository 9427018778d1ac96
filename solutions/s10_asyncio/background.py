"""Answers to steps/s10_asyncio/background.py."""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        # `create_task` without a group would let a task run on when nobody waits for it any more,
        # and its exception would be seen by nobody. Leaving the group waits for the cancelled tasks:
        # a job is never cut off by the end of the loop.
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.repeat(job), name=job.name) for job in self.jobs]
            await stopped.wait()
            for task in tasks:
                task.cancel()
