"""Swallows the CancelledError of whoever wants it to end.

Caught by: test_cancelled_from_outside
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.repeat(job)) for job in self.jobs]
                await stopped.wait()
                for task in tasks:
                    task.cancel()
        except asyncio.CancelledError:
            pass
