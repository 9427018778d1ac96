"""Ends its tasks on the event only: cancelled itself, it leaves them behind.

Caught by: test_cancelled_from_outside
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
        await asyncio.gather(*tasks, return_exceptions=True)
