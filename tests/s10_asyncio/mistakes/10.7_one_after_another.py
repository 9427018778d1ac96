"""Waits for the first job, which never ends.

Caught by: test_all_jobs_run
"""

from __future__ import annotations

import asyncio

from steps.s10_asyncio import background


class Background(background.Background):
    async def run(self, stopped: asyncio.Event) -> None:
        for job in self.jobs:
            await self.repeat(job)
        await stopped.wait()
