"""Jobs with arq, and a worker for them, as one JSON object: `python arq_jobs.py PORT`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from contextlib import suppress
from typing import Any

from arq import Retry, create_pool, cron, func
from arq.connections import RedisSettings
from arq.worker import FailedJobs, Worker

WAIT = 60
ticked, started = asyncio.Event(), asyncio.Event()


async def add(_: Any, a: int, b: int) -> int:
    return a + b


async def flaky(context: dict[str, Any]) -> int:
    attempt: int = context["job_try"]
    if attempt < 3:
        raise Retry(defer=0.01)
    return attempt


async def bad(_: Any) -> None:
    raise ValueError("bad")


async def endless(_: Any) -> None:
    started.set()
    await asyncio.Event().wait()


async def tick(_: Any) -> None:
    ticked.set()


async def outcome(job: Any) -> Any:
    try:
        return await job.result(timeout=WAIT, poll_delay=0.02)
    except Exception as error:
        return repr(error)


async def main() -> dict[str, Any]:
    settings = RedisSettings(port=int(sys.argv[1]))
    pool = await create_pool(settings)
    await pool.flushall()
    said: dict[str, Any] = {}
    jobs = [await pool.enqueue_job("add", i, i, _job_id=f"job {i}") for i in range(3)]
    said["twice"] = await pool.enqueue_job("add", 1, 1, _job_id="job 1")
    jobs += [await pool.enqueue_job(name) for name in ("flaky", "bad", "unknown")]
    jobs.append(await pool.enqueue_job("add", 1, 2, _defer_by=0.1))
    never = await pool.enqueue_job("add", 1, 2, _defer_by=1000)
    said["queued"] = [len(await pool.queued_jobs()), await never.status(), await jobs[0].status()]
    worker = Worker(
        [add, func(flaky, max_tries=5), bad, endless],
        cron_jobs=[cron(tick, run_at_startup=True)],
        redis_settings=settings,
        handle_signals=False,
        allow_abort_jobs=True,
        poll_delay=0.02,
    )
    working = asyncio.create_task(worker.async_run())
    said["outcomes"] = [await outcome(job) for job in jobs]
    said["info"] = [await jobs[0].status(), (await jobs[0].result_info()).success]
    aborted = await pool.enqueue_job("endless")
    await started.wait()
    said["aborted"] = [await job.abort(timeout=WAIT, poll_delay=0.02) for job in (aborted, never)]
    said["cron"] = await ticked.wait()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await worker.close()

    for words in (("add", 4, 4), ("bad",)):
        await pool.enqueue_job(*words, _queue_name="burst")
    burst = Worker(
        [add, bad], queue_name="burst", redis_settings=settings, handle_signals=False, burst=True
    )
    with suppress(FailedJobs):
        await burst.run_check()
    said["burst"] = [burst.jobs_complete, burst.jobs_failed]
    await burst.close()
    await pool.aclose()
    return said


logging.disable(logging.CRITICAL)
print(json.dumps(asyncio.run(main())))
