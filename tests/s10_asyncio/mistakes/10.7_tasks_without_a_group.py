"""Starts tasks that nobody owns.

Caught by: test_a_task_that_breaks
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        tasks = [asyncio.create_task(self.repeat(job)) for job in self.jobs]
        await stopped.wait()
        for task in tasks:
            task.cancel()
