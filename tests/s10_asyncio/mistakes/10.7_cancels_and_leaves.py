"""Asks the tasks to end, and does not wait until they have.

Caught by: test_nothing_runs_when_it_returns
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
