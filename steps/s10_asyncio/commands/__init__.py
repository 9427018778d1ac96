"""The commands of step 10, by subject. Importing this package registers them."""

from __future__ import annotations

from steps.s10_asyncio.commands import (
    admin,
    blocking,
    client,
    config,
    databases,
    debug,
    hello,
    info,
    key_flags,
    monitor,
    multi,
    object,
    pubsub,
    scan,
)
from steps.s10_asyncio.latency import commands as latency

__all__ = [
    "admin",
    "blocking",
    "client",
    "config",
    "databases",
    "debug",
    "hello",
    "info",
    "key_flags",
    "latency",
    "monitor",
    "multi",
    "object",
    "pubsub",
    "scan",
]
