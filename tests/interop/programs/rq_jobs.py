"""Jobs with RQ, and workers for them, as one JSON object: `python rq_jobs.py PORT`."""

from __future__ import annotations

import json
import logging
import operator
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from rq import Queue, Retry, SimpleWorker, Worker
from rq.job import Dependency, Job
from rq.registry import CanceledJobRegistry
from rq.scheduler import RQScheduler

client = Redis(port=int(sys.argv[1]))
client.flushall()
queue, low = Queue(connection=client), Queue("low", connection=client)
said: dict[str, Any] = {}


def work(kind: type[Worker] = SimpleWorker, **options: Any) -> None:
    """Runs a burst worker: until there is nothing to do."""
    kind([queue, low], connection=client).work(burst=True, **options)


def states(*jobs: Job) -> list[str]:
    return [job.get_status(refresh=True).value for job in jobs]


logging.disable(logging.CRITICAL)

good = queue.enqueue(operator.add, 2, 3)
bad = queue.enqueue(operator.truediv, 1, 0)
after = queue.enqueue(operator.mul, 6, 7, depends_on=good)
anyway = queue.enqueue(operator.mul, 1, 1, depends_on=Dependency([bad], allow_failure=True))
never = queue.enqueue(operator.mul, 1, 2, depends_on=bad)
first = low.enqueue(operator.add, 1, 1, at_front=True, result_ttl=500, meta={"x": 1})
many = low.enqueue_many([Queue.prepare_data(operator.add, (i, i), job_id=f"{i}") for i in range(3)])
said["before"] = [states(good, bad, after, anyway, never), queue.count, low.job_ids[1:]]
work()
said["after"] = states(good, bad, after, anyway, never)
said["results"] = [job.return_value() for job in (good, after, anyway, first, *many)]
said["failure"] = [
    "ZeroDivisionError" in bad.latest_result().exc_string,
    bad.id in queue.failed_job_registry,
    0 < client.ttl(first.key) <= 500,
]

queue.failed_job_registry.requeue(bad)
again = queue.enqueue(operator.truediv, 1, 0, retry=Retry(max=2))
work()
said["again"] = [states(bad, again), len(bad.results()), again.retries_left]

due = queue.enqueue_at(datetime.now(UTC) - timedelta(hours=1), operator.add, 2, 3)
later = queue.enqueue_in(timedelta(hours=1), operator.add, 2, 3)
backing_off = queue.enqueue(operator.truediv, 1, 0, retry=Retry(max=2, interval=3600))
said["scheduled"] = sorted(states(due, later)), queue.scheduled_job_registry.count
scheduler, other = (RQScheduler([queue], connection=client) for _ in range(2))
said["locks"] = [sorted(one.acquire_locks()) for one in (scheduler, other)]
scheduler.enqueue_scheduled_jobs()
scheduler.release_locks()
work(Worker)  # with a process for each job
said["in time"] = [states(due, later, backing_off), due.return_value()]

slow = queue.enqueue(time.sleep, 1000, job_timeout=1)
canceled = queue.enqueue(operator.add, 1, 1)
canceled.cancel()
soon = queue.enqueue_in(timedelta(0), operator.add, 1, 1)
work(Worker, with_scheduler=True)
said["ended"] = [states(slow, canceled, soon), len(CanceledJobRegistry(queue=queue))]
said["why"] = "JobTimeoutException" in slow.latest_result().exc_string

good.delete()
queue.empty()
queue.delete()
said["left"] = [Worker.count(client), [one.name for one in Queue.all(client)]]
print(json.dumps(said))
