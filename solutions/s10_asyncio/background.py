"""Answers to steps/s10_asyncio/background.py."""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        # With `create_task` alone, a task could run on when nothing waits for it any more, and
        # nobody would see its exception. Leaving the group waits for the cancelled tasks, so the
        # end of the loop never cuts a job off.
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.repeat(job), name=job.name) for job in self.jobs]
            await stopped.wait()
            for task in tasks:
                task.cancel()
