"""Grades on a Dask cluster: `--dask ADDRESS`, or any other executor of `concurrent.futures`' kind.

A job carries the submission's content, so a worker needs nothing but this same workbook and its
packages. If a worker is lost, no result is: the scheduler gives its jobs to another, and
only what comes back is written, under the submission's id. So nothing is lost or counted twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

RETRIES = 3
"""How often a job is restarted when its worker is lost."""


class Unreachable(Exception):  # noqa: N818 - it is what it says
    """There is no cluster at that address, or no Dask here. The message is one sentence."""


class DaskExecutor(Executor):
    """Dask's client as an executor, whose futures are those of `concurrent.futures`."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.workers = max(1, sum(client.nthreads().values()))
        self.pending: dict[Any, Future[Any]] = {}

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Has the cluster call the function."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        remote = self.client.submit(function, *args, **named, pure=False, retries=RETRIES)
        self.pending[remote] = future
        remote.add_done_callback(self._done)
        return future

    def _done(self, remote: Any) -> None:
        future = self.pending.pop(remote, None)
        if future is None:
            return
        try:
            future.set_result(remote.result())
        except BaseException as error:
            future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Cancels what is left; the cluster itself is not ours to end."""
        if cancel_futures:
            self.client.cancel(list(self.pending), force=True)


@contextlib.contextmanager
def executor(address: str) -> Iterator[DaskExecutor]:
    """An executor on the cluster at this address."""
    try:
        from distributed import Client
    except ImportError:
        raise Unreachable(
            "--dask needs the package distributed: pip install 'distributed', or the extra grading."
        ) from None
    try:
        client: Any = Client(  # type: ignore[no-untyped-call, unused-ignore]
            address, timeout=30, set_as_default=False
        )
    except (OSError, ValueError, TimeoutError) as error:
        raise Unreachable(f"There is no Dask scheduler at {address}: {error}.") from error
    with contextlib.closing(client):
        yield DaskExecutor(client)
