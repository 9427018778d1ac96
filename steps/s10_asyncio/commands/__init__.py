"""The commands of step 10, by subject. Importing this package registers them."""

from __future__ import annotations

from steps.s10_asyncio.command import REGISTRY
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

# fmt: off
REGISTRY.defer(
    "steps.s10_asyncio.latency.commands",
    b"LATENCY", b"LATENCY DOCTOR", b"LATENCY GRAPH", b"LATENCY HELP", b"LATENCY HISTOGRAM",
    b"LATENCY HISTORY", b"LATENCY LATEST", b"LATENCY RESET",
)
# fmt: on

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
    "monitor",
    "multi",
    "object",
    "pubsub",
    "scan",
]
