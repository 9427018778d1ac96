"""INFO: what there is to know of the server, for people and for monitoring.

Each section is a function that makes a table of it. What this server does not measure is not in it;
the names are those of Redis, and what stands behind one means what it means there.

https://redis.io/docs/latest/commands/info/
"""

from __future__ import annotations

import os
import platform
import secrets
import selectors
import sys
import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

from steps.s02_resp.values import Reply, Verbatim, text_of
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Bulk, Rest
from steps.s07_persistence.expiry import PERIOD
from steps.s07_persistence.keyspace import Keyspace
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import REDIS_VERSION, State

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

Facts: TypeAlias = Mapping[str, object]

RUN_ID: Final = secrets.token_hex(20)
"""Tells one run of the server from another."""

SECONDS_A_DAY: Final = 86_400
SAMPLE: Final = 20
"""Deadlines that are looked at for the average of all."""


class Info(Command, flags=Flags.LOADING | Flags.STALE):
    """What there is to know of the server, in sections; of the usual ones if none is named."""

    group = "server"
    categories = ("dangerous",)
    tips = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
    sections = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        named = {text_of(name.lower()) for name in self.sections} or {"default"}
        everything = bool(named & EVERYTHING)
        parts = [
            shown(title, facts(session.state))
            for title, facts in SECTIONS.items()
            if everything or title.lower() in named
        ]
        return Verbatim("\r\n".join(parts).encode())


def shown(title: str, facts: Facts) -> str:
    """A section as text."""
    lines = [f"# {title}", *(f"{name}:{value}" for name, value in facts.items()), ""]
    return "\r\n".join(lines)


def human(size: int) -> str:
    """A number of bytes, as people read it: `1.50K`."""
    if size < 1024:
        return f"{size}B"
    units = ("K", "M", "G", "T")
    power = min((size.bit_length() - 1) // 10, len(units))
    return f"{size / 1024**power:.2f}{units[power - 1]}"


# --- the sections --------------------------------------------------------------------------------


def server(state: State) -> Facts:
    """Which program it is, and where and since when it runs."""
    uptime = (state.clock() - state.started) // 1000
    return {
        "redis_version": REDIS_VERSION,
        "redis_mode": "standalone",
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "python_version": platform.python_version(),
        "multiplexing_api": selectors.DefaultSelector.__name__.removesuffix("Selector").lower(),
        "process_id": os.getpid(),
        "run_id": RUN_ID,
        "tcp_port": state.settings.port,
        "server_time_usec": time.time_ns() // 1000,
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // SECONDS_A_DAY,
        "hz": 1000 // PERIOD,
        "configured_hz": 1000 // PERIOD,
        "executable": sys.executable,
        "config_file": "",
    }


def clients(state: State) -> Facts:
    """Who is connected."""
    return {
        "connected_clients": len(state.clients),
        "maxclients": state.settings.maxclients,
        "blocked_clients": sum(bool(session.waiter) for session in state.clients.values()),
    }


def memory(state: State) -> Facts:
    """How much of it the process has, and had at most."""
    used, peak = resident_memory(), peak_memory()
    return {
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": used,
        "used_memory_rss_human": human(used),
        "used_memory_peak": max(used, peak),
        "used_memory_peak_human": human(max(used, peak)),
        "maxmemory": 0,
        "maxmemory_human": human(0),
        "maxmemory_policy": "noeviction",
        "mem_allocator": "python",
    }


def resident_memory() -> int:
    """The bytes of memory that the process has now; where the system does not tell, at most had."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return peak_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """The most bytes of memory that the process has had; 0 where the system does not tell."""
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def persistence(state: State) -> Facts:
    """How it stands with the files."""
    files = state.files
    journal = files.journal
    facts: dict[str, object] = {
        "loading": int(files.loading),
        "async_loading": 0,
        "rdb_changes_since_last_save": files.changes() - files.saved,
        "rdb_bgsave_in_progress": int(files.busy("save")),
        "rdb_last_save_time": files.last_save // 1000,
        "rdb_last_bgsave_status": "ok" if files.last_ok else "err",
        "aof_enabled": int(journal is not None),
        "aof_rewrite_in_progress": int(files.busy("rewrite")),
        "aof_last_write_status": "err" if journal and journal.trouble else "ok",
    }
    if journal:
        facts["aof_current_size"] = journal.total_size
        facts["aof_base_size"] = journal.base_size
        facts["aof_buffer_length"] = journal.waiting
    return facts


def stats(state: State) -> Facts:
    """What has been done since the start."""
    past = state.statistics
    return {
        "total_connections_received": past.connections,
        "total_commands_processed": state.commands_processed(),
        "instantaneous_ops_per_sec": past.rate(),
        "total_net_input_bytes": past.input_bytes,
        "total_net_output_bytes": past.output_bytes,
        "rejected_connections": past.rejected,
        "expired_keys": sum(keyspace.expired for keyspace in state.databases.values()),
        "evicted_keys": 0,
        "pubsub_channels": len(state.hub.channels),
        "pubsub_patterns": len(state.hub.patterns),
        "slowlog_entries": len(state.slowlog),
    }


def replication(state: State) -> Facts:
    """A master without replicas."""
    return {
        "role": "master",
        "connected_slaves": 0,
        "master_replid": RUN_ID,
        "master_repl_offset": 0,
    }


def cpu(state: State) -> Facts:
    """The seconds of processor time used so far."""
    times = os.times()
    return {
        "used_cpu_sys": f"{times.system:.6f}",
        "used_cpu_user": f"{times.user:.6f}",
        "used_cpu_sys_children": f"{times.children_system:.6f}",
        "used_cpu_user_children": f"{times.children_user:.6f}",
    }


def cluster(state: State) -> Facts:
    """No cluster."""
    return {"cluster_enabled": 0}


def keyspace(state: State) -> Facts:
    """How many keys each database has, and how many of them with a deadline."""
    return {
        f"db{index}": f"keys={len(one.data)},expires={len(one.expires)},avg_ttl={average_ttl(one)}"
        for index, one in state.databases.items()
        if one.data
    }


def average_ttl(database: Keyspace) -> int:
    """The milliseconds that keys with a deadline have left, on average over a sample."""
    deadlines = list(islice(database.expires.values(), SAMPLE))
    left = sum(deadlines) // len(deadlines) - database.clock() if deadlines else 0
    return max(left, 0)


SECTIONS: Final[dict[str, Callable[[State], Facts]]] = {
    "Server": server,
    "Clients": clients,
    "Memory": memory,
    "Persistence": persistence,
    "Stats": stats,
    "Replication": replication,
    "CPU": cpu,
    "Cluster": cluster,
    "Keyspace": keyspace,
}
EVERYTHING: Final = {"default", "all", "everything"}
"""Words for all sections. Redis leaves some out by default, which this server has not."""
