"""Jobs with Celery, and a worker for them, as one JSON object: `python celery_jobs.py PORT`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from celery import Celery, chain, chord, group
from celery.contrib.testing.worker import start_worker
from celery.exceptions import CeleryError

WAIT = 60

url = f"redis://127.0.0.1:{sys.argv[1]}/0"
app = Celery("jobs", broker=url, backend=url)
app.conf.update(
    broker_transport_options={"polling_interval": 0.05, "priority_steps": [0, 3, 6, 9]},
    result_expires=1000,
    task_track_started=True,
    worker_hijack_root_logger=False,
)


@app.task
def add(a: int, b: int) -> int:
    return a + b


@app.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def flaky(self: Any) -> int:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    retries: int = self.request.retries
    return retries


@app.task
def bad() -> None:
    raise ValueError("bad")


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call().get(timeout=WAIT, interval=0.02)
    except (ValueError, CeleryError) as error:
        return repr(error)


def revoked() -> Any:
    result = add.apply_async((1, 1), countdown=0.5)
    result.revoke()
    return result


app.backend.client.flushall()
logging.disable(logging.CRITICAL)
said: dict[str, Any] = {}
with start_worker(app, pool="solo", concurrency=1, perform_ping_check=False):
    said["round trip"] = outcome(lambda: add.delay(2, 3))
    said["group"] = outcome(lambda: group(add.s(i, i) for i in range(4))())
    said["chain"] = outcome(lambda: chain(add.s(1, 2), add.s(3), add.s(4))())
    said["chord"] = outcome(lambda: chord((add.s(i, i) for i in range(4)), total.s())())
    said["chord that fails"] = outcome(lambda: chord([add.s(1, 1), bad.s()], total.s())())
    said["nested"] = outcome(
        lambda: (group(add.s(1, 1), chain(add.s(2, 2), add.s(5))) | total.s() | add.s(10))()
    )
    said["retries"] = outcome(flaky.delay)
    said["failure"] = outcome(bad.delay)
    said["later"] = outcome(lambda: add.apply_async((3, 4), countdown=0.05))
    said["too late"] = outcome(lambda: add.apply_async((3, 4), expires=-1))
    said["revoked"] = outcome(revoked)
    said["first"] = outcome(lambda: add.apply_async((5, 6), priority=9))
    said["forgotten"] = [
        (result := add.delay(1, 1)).get(timeout=WAIT),
        result.forget(),
        result.state,
    ]
    said["ping"] = [list(pong.values()) for pong in app.control.ping(timeout=WAIT, limit=1)]
kept = [app.backend.client.ttl(key) for key in app.backend.client.scan_iter("celery-task-meta-*")]
said["kept"] = [len(kept), all(0 < seconds <= 1000 for seconds in kept)]
print(json.dumps(said))
