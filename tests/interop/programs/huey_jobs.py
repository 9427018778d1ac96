"""Jobs with Huey, and a worker for them, as one JSON object: `python huey_jobs.py PORT`."""

from __future__ import annotations

import json
import logging
import sys
import threading
from typing import Any

from huey import PriorityRedisHuey, RedisHuey, chord, group
from huey.exceptions import TaskException, TaskLockedException

WAIT = 60


def work(huey: RedisHuey, priorities: list[int | None]) -> dict[str, Any]:
    order: list[int] = []
    recovered, ticked = threading.Event(), threading.Event()
    attempts: list[int] = []

    @huey.task()
    def add(a: int, b: int) -> int:
        order.append(a)
        return a + b

    @huey.task()
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    @huey.task(retries=2)
    def flaky() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")
        recovered.set()

    @huey.task()
    def bad() -> None:
        raise ValueError("bad")

    @huey.task()
    @huey.lock_task("only one")
    def locked() -> str:
        return "alone"

    @huey.periodic_task(lambda moment: True)
    def tick() -> None:
        ticked.set()

    def result(handle: Any) -> Any:
        try:
            return handle.get(blocking=True, timeout=WAIT, backoff=1, max_delay=0.02)
        except TaskException as error:
            return str(error)

    said: dict[str, Any] = {}
    waiting = [huey.enqueue(add.s(n, 0, priority=one)) for n, one in enumerate(priorities)]
    said["pending"] = huey.pending_count()
    consumer = huey.create_consumer(
        workers=1, initial_delay=0.01, max_delay=0.02, scheduler_interval=1
    )
    consumer.start()
    said["order"] = [[result(one) for one in waiting], order[:]]
    said["failure"] = result(bad())
    flaky()
    said["retries"] = [recovered.wait(WAIT), len(attempts)]
    said["pipeline"] = result(huey.enqueue(add.s(1, 2).then(add, 3).then(add, 4)))
    said["group"] = result(huey.enqueue(group([add.s(1, 1), add.s(2, 2)])))
    said["chord"] = result(huey.enqueue(chord([add.s(1, 1), add.s(2, 2)], total.s())))
    said["later"] = result(add.schedule((5, 6), delay=1))
    never = add.schedule((5, 6), delay=1000)
    never.revoke()
    said["revoked"] = never.is_revoked()
    said["lock"] = [result(locked()), huey.is_locked("only one")]
    try:
        with huey.lock_task("only one"), huey.lock_task("only one"):
            pass
    except TaskLockedException as error:
        said["locked"] = [str(error), huey.is_locked("only one")]
    said["periodic"] = ticked.wait(WAIT)
    said["kept"] = [huey.put("k", 3), huey.get("k", peek=True), huey.get("k"), huey.get("k")]
    consumer.stop(graceful=True)
    return said


logging.disable(logging.CRITICAL)
port = int(sys.argv[1])
plain, sorted_set = RedisHuey("plain", port=port), PriorityRedisHuey("priority", port=port)
plain.storage.conn.flushall()
print(json.dumps({"list": work(plain, [None] * 3), "sorted set": work(sorted_set, [1, 9, 5])}))
