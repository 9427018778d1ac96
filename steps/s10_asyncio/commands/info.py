"""INFO: what there is to know about the server, for people and for monitoring.

Each section is a function that makes a table. What this server does not measure is left out; the
names are those of Redis, and a value means what it means there.

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
from contextlib import suppress
from typing import Final, TypeAlias

from steps.s02_resp.values import Reply, Verbatim, text_of
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Bulk, Rest
from steps.s07_persistence.expiry import PERIOD
from steps.s07_persistence.keyspace import Keyspace
from steps.s09_logging.slowlog import MICROSECONDS
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.memory.doctor import Memory
from steps.s10_asyncio.memory.process import peak_memory, resident_memory, total_memory
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import REDIS_VERSION, State
from steps.s10_asyncio.statistics import ScriptCounts

Facts: TypeAlias = Mapping[str, object]

RUN_ID: Final = secrets.token_hex(20)
"""Tells one run of the server from another."""

SECONDS_A_DAY: Final = 86_400
LRU_CLOCK: Final = 2**24
"""Seconds after which `lru_clock` starts again at 0, as in Redis."""
SAMPLE: Final = 20
"""How many deadlines to look at for the average of all."""


FUNCTION_STATS: Final = [b"FUNCTION", b"STATS"]


class Info(Command, flags=Flags.LOADING | Flags.STALE):
    """What there is to know about the server, in sections; the usual ones if none is named."""

    group = "server"
    categories = ("dangerous",)
    tips = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
    sections = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        named = {text_of(name.lower()) for name in self.sections} or {"default"}
        wanted = {title for group in named & GROUPS.keys() for title in GROUPS[group]}
        know_functions(session)
        parts = [
            shown(title, facts(session.state))
            for title, facts in SECTIONS.items()
            if title in wanted or title.lower() in named
        ]
        return Verbatim("\r\n".join(parts).encode())


def know_functions(session: ClientSession) -> None:
    """Has the functions loaded that the files held, as far as no command has needed them yet."""
    if session.state.databases[0].libraries:
        with suppress(Exception):  # they need a package that may be missing
            command = session.state.registry.find(FUNCTION_STATS)
            command.parse(FUNCTION_STATS).execute(session)


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


def zero(names: str) -> Facts:
    """Counters of things that this server does not have, such as replicas."""
    return dict.fromkeys(names.split(), 0)


def server(state: State) -> Facts:
    """Which program it is, where it runs, and since when."""
    now = state.clock()
    uptime = (now - state.started) // 1000
    return {
        "redis_version": REDIS_VERSION,
        "redis_mode": "standalone",
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "python_version": platform.python_version(),
        "multiplexing_api": selectors.DefaultSelector.__name__.removesuffix("Selector").lower(),
        "process_id": os.getpid(),
        "process_supervised": "no",
        "run_id": RUN_ID,
        "tcp_port": state.settings.port,
        "server_time_usec": time.time_ns() // 1000,
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // SECONDS_A_DAY,
        "hz": 1000 // PERIOD,
        "configured_hz": 1000 // PERIOD,
        "lru_clock": now // 1000 % LRU_CLOCK,
        "executable": sys.executable,
        "config_file": "",
        "io_threads_active": 0,
    }


def clients(state: State) -> Facts:
    """The connected clients."""
    sessions = state.clients.values()
    return {
        "connected_clients": len(sessions),
        "cluster_connections": 0,
        "maxclients": state.settings.maxclients,
        "client_recent_max_input_buffer": max(
            (len(one.parser.buffer) for one in sessions), default=0
        ),
        "client_recent_max_output_buffer": max(
            (one.client.unsent() for one in sessions), default=0
        ),
        "blocked_clients": sum(one.is_blocked() for one in sessions),
        "tracking_clients": 0,
        "clients_in_timeout_table": sum(
            bool(one.waiter and one.waiter.seconds) for one in sessions
        ),
    }


def measured(state: State) -> Memory:
    """The memory as it is now."""
    used = resident_memory()
    return Memory(
        used=used,
        peak=max(used, peak_memory()),
        at_start=state.at_start,
        unsent=sum(one.client.unsent() for one in state.clients.values()),
        clients=len(state.clients),
        journal=state.files.journal.waiting if state.files.journal else 0,
        scripts=state.count_scripts(),
    )


def memory(state: State) -> Facts:
    """How much the process has, and had at most. What it had at the start is its overhead."""
    now, total = measured(state), total_memory()
    used, peak = now.used, now.peak
    data = max(used - state.at_start, 0)
    return {
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": used,
        "used_memory_rss_human": human(used),
        "used_memory_peak": peak,
        "used_memory_peak_human": human(peak),
        "used_memory_peak_perc": f"{100 * used / (peak or 1):.2f}%",
        "used_memory_overhead": used - data,
        "used_memory_startup": state.at_start,
        "used_memory_dataset": data,
        "used_memory_dataset_perc": f"{100 * data / (used or 1):.2f}%",
        "total_system_memory": total,
        "total_system_memory_human": human(total),
        **memory_of_scripts(state.count_scripts()),
        "maxmemory": state.settings.maxmemory,
        "maxmemory_human": human(state.settings.maxmemory),
        "maxmemory_policy": state.settings.maxmemory_policy,
        "mem_fragmentation_ratio": "1.00",
        **zero("mem_fragmentation_bytes mem_replication_backlog"),
        "mem_not_counted_for_evict": max(used - state.counted_memory(), 0),
        **zero("mem_total_replication_buffers mem_clients_slaves"),
        "mem_clients_normal": now.unsent,
        "mem_cluster_links": 0,
        "mem_aof_buffer": now.journal,
        "mem_allocator": "python",
        **zero("active_defrag_running lazyfree_pending_objects"),
    }


def memory_of_scripts(counts: ScriptCounts) -> Facts:
    """The part of `memory` that is about scripts and functions."""
    lua = counts.script_lua + counts.function_lua
    texts = counts.script_texts + counts.function_texts
    return {
        "used_memory_lua": counts.script_lua,
        "used_memory_vm_eval": counts.script_lua,
        "used_memory_lua_human": human(counts.script_lua),
        "used_memory_scripts_eval": counts.script_texts,
        "number_of_cached_scripts": counts.scripts,
        "number_of_functions": counts.functions,
        "number_of_libraries": counts.libraries,
        "used_memory_vm_functions": counts.function_lua,
        "used_memory_vm_total": lua,
        "used_memory_vm_total_human": human(lua),
        "used_memory_functions": counts.function_texts,
        "used_memory_scripts": texts,
        "used_memory_scripts_human": human(texts),
    }


def persistence(state: State) -> Facts:
    """The state of the files."""
    files = state.files
    journal = files.journal
    saves, rewrites = files.runs["save"], files.runs["rewrite"]
    facts: dict[str, object] = {
        "loading": int(files.loading is not None),
        "async_loading": 0,
        "rdb_changes_since_last_save": files.changes() - files.saved,
        "rdb_bgsave_in_progress": int(files.busy("save")),
        "rdb_last_save_time": files.last_save // 1000,
        "rdb_last_bgsave_status": status(files.last_ok),
        "rdb_last_bgsave_time_sec": -1 if saves.took is None else saves.took // 1000,
        "rdb_current_bgsave_time_sec": so_far(saves.began, state),
        "rdb_saves": saves.done,
        "rdb_last_cow_size": 0,
        "aof_enabled": int(journal is not None),
        "aof_rewrite_in_progress": int(files.busy("rewrite")),
        "aof_rewrite_scheduled": 0,
        "aof_last_rewrite_time_sec": -1 if rewrites.took is None else rewrites.took // 1000,
        "aof_current_rewrite_time_sec": so_far(rewrites.began, state),
        "aof_last_bgrewrite_status": status(rewrites.ok),
        "aof_rewrites": rewrites.done,
        "aof_last_write_status": status(not (journal and journal.trouble)),
        **zero("aof_last_cow_size module_fork_in_progress module_fork_last_cow_size"),
    }
    if journal:
        facts["aof_current_size"] = journal.total_size
        facts["aof_base_size"] = journal.base_size
        facts["aof_pending_rewrite"] = 0
        facts["aof_buffer_length"] = journal.waiting
    facts.update(loading(state))
    return facts


def loading(state: State) -> Facts:
    """How far the files are loaded, while they are being loaded."""
    now = state.files.loading
    if now is None:
        return {}
    seconds = (state.clock() - now.began) // 1000
    return {
        "loading_start_time": now.began // 1000,
        "loading_total_bytes": now.total,
        "loading_rdb_used_mem": 0,
        "loading_loaded_bytes": now.done,
        "loading_loaded_perc": f"{100 * now.done / (now.total or 1):.2f}",
        # In the first second nobody knows how long it will take.
        "loading_eta_seconds": seconds * (now.total - now.done) // (now.done + 1) if seconds else 1,
    }


def status(good: bool) -> str:
    """Whether the last one went well, in Redis' words."""
    return "ok" if good else "err"


def so_far(began: int | None, state: State) -> int:
    """The seconds that something has taken so far; -1 if it is not running."""
    return -1 if began is None else (state.clock() - began) // 1000


def stats(state: State) -> Facts:
    """What has been done since the start."""
    past = state.statistics
    rates = past.rates()
    return {
        "total_connections_received": past.connections,
        "total_commands_processed": past.commands(),
        "instantaneous_ops_per_sec": round(rates.commands),
        "total_net_input_bytes": past.input_bytes,
        "total_net_output_bytes": past.output_bytes,
        **zero("total_net_repl_input_bytes total_net_repl_output_bytes"),
        "instantaneous_input_kbps": f"{rates.input_bytes / 1024:.2f}",
        "instantaneous_output_kbps": f"{rates.output_bytes / 1024:.2f}",
        "rejected_connections": past.rejected,
        **zero("sync_full sync_partial_ok sync_partial_err"),
        "expired_keys": sum(keyspace.expired for keyspace in state.databases.values()),
        **zero("evicted_keys evicted_clients"),
        **zero("total_eviction_exceeded_time current_eviction_exceeded_time"),
        "keyspace_hits": past.hits,
        "keyspace_misses": past.misses,
        "pubsub_channels": len(state.hub.channels),
        "pubsub_patterns": len(state.hub.patterns),
        "pubsubshard_channels": len(state.hub.shards),
        **zero("latest_fork_usec total_forks migrate_cached_sockets"),
        **zero("slave_expires_tracked_keys active_defrag_hits active_defrag_misses"),
        **zero("active_defrag_key_hits active_defrag_key_misses total_active_defrag_time"),
        **zero("current_active_defrag_time tracking_total_keys tracking_total_items"),
        **zero("tracking_total_prefixes unexpected_error_replies"),
        "total_error_replies": past.errors.total(),
        "dump_payload_sanitizations": 0,
        "total_reads_processed": past.reads,
        "total_writes_processed": past.writes,
        **zero("io_threaded_reads_processed io_threaded_writes_processed"),
        "slowlog_entries": len(state.slowlog),
    }


def replication(state: State) -> Facts:
    """A master without replicas."""
    return {
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_replid": RUN_ID,
        "master_replid2": "0" * 40,
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        **zero("repl_backlog_active repl_backlog_size repl_backlog_first_byte_offset"),
        "repl_backlog_histlen": 0,
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


def modules(state: State) -> Facts:
    """No modules."""
    return {}


def commandstats(state: State) -> Facts:
    """For each command, how often it ran, how long that took, and how often it went wrong."""
    facts = {}
    for kind, usage in state.statistics.usage.items():
        if kind.name:
            microseconds = int(usage.seconds * MICROSECONDS)
            facts[f"cmdstat_{kind.full_name()}"] = (
                f"calls={usage.calls},usec={microseconds}"
                f",usec_per_call={microseconds / (usage.calls or 1):.2f}"
                f",rejected_calls={usage.rejected},failed_calls={usage.failed}"
            )
    return facts


def errorstats(state: State) -> Facts:
    """How often each kind of error was sent."""
    return {f"errorstat_{name}": f"count={n}" for name, n in state.statistics.errors.items()}


def latencystats(state: State) -> Facts:
    """For each command, the microseconds within which half of its calls are done, and nearly all."""
    histograms, wanted = state.histograms, state.settings.latency_tracking_info_percentiles
    return {
        f"latency_percentiles_usec_{kind.full_name()}": ",".join(
            f"p{percent:g}={histograms.percentile(kind, percent) / 1000:.3f}" for percent in wanted
        )
        for kind in histograms.buckets
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
    deadlines = [database.expires[key] for key in database.sample(SAMPLE)]
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
    "Modules": modules,
    "Commandstats": commandstats,
    "Errorstats": errorstats,
    "Latencystats": latencystats,
    "Cluster": cluster,
    "Keyspace": keyspace,
}
GROUPS: Final = {
    "default": SECTIONS.keys() - {"Commandstats", "Latencystats"},
    "all": SECTIONS.keys(),
    "everything": SECTIONS.keys(),
    "module_list": {"Modules"},
}
"""Other names of sections, and words that stand for several."""
