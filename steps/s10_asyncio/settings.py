"""The settings of the complete server."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from steps.s01_echo.server import BACKLOG
from steps.s02_resp.parser import MAX_BULK
from steps.s02_resp.values import INT64_MAX
from steps.s05_commands.fields import parse_double
from steps.s07_persistence.expiry import PERIOD
from steps.s07_persistence.settings import SWITCH, TEXT, Kind, memory, number, one_of, setting
from steps.s09_logging import settings
from steps.s09_logging.settings import INT_MAX

UINT_MAX = 2**32 - 1
MOST_PERMISSIONS = 0o777


def _read_octal(text: str) -> int:
    if not re.fullmatch("[0-7]+", text):
        raise ValueError("argument couldn't be parsed as an octal number")
    if (value := int(text, 8)) > MOST_PERMISSIONS:
        raise ValueError(f"argument must be between 0 and {MOST_PERMISSIONS:o} inclusive")
    return value


PERMISSIONS = Kind(
    f"octal digits up to {MOST_PERMISSIONS:o}", _read_octal, lambda bits: f"{bits:o}", "OCTAL"
)
"""The permissions of a file, as chmod takes them: 700 for its owner alone."""


def _for_each_class(limit: int) -> str:
    limits = {"normal": 0, "slave": 0, "pubsub": limit}
    return " ".join(f"{kind} {hard} 0 0" for kind, hard in limits.items())


OUTPUT_LIMIT = Kind("a number of bytes", int, _for_each_class)
"""The limit for subscribers, written as Redis does: hard limit, soft limit, seconds for the soft."""

WHO = one_of("no", "yes", "local")
"""Which clients may do something: none, all, or those on this machine."""


def _read_percentiles(text: str) -> tuple[float, ...]:
    words = text.split(" ") if text else []
    values = [parse_double(os.fsencode(word)) for word in words]
    known = tuple(value for value in values if value is not None)
    if len(known) < len(values):
        raise ValueError("Invalid latency-tracking-info-percentiles parameters")
    if not all(0 <= value <= 100 for value in known):
        raise ValueError(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
        )
    return known


PERCENTILES = Kind(
    "numbers from 0 to 100", _read_percentiles, lambda shown: " ".join(f"{one:g}" for one in shown)
)


def constant(value: str, *, fixed: bool = False) -> str:
    """A setting of Redis about what this server does in one way only."""

    def read(text: str) -> str:
        if text.lower() != value:
            raise ValueError(f"this server knows no other value than '{value}'")
        return value

    return setting(value, Kind(f"'{value}'", read), fixed=fixed)


EVENT_CLASSES = "g$lshzxetd"
"""The letters for which `A` stands in `notify-keyspace-events`."""


def _read_events(text: str) -> str:
    if not set(text) <= set(f"A{EVENT_CLASSES}nKEm"):
        raise ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    letters = text.replace("A", EVENT_CLASSES)
    return "".join(letter for letter in f"{EVENT_CLASSES}nKEm" if letter in letters)


def _write_events(letters: str) -> str:
    if letters.startswith(EVENT_CLASSES):  # and Redis does not show an n then
        return "A" + letters.removeprefix(EVENT_CLASSES).replace("n", "")
    return letters


EVENTS = Kind(
    "some of the letters Ag$lshzxeKEtmdn", _read_events, _write_events, "LETTERS", until_zero=True
)
"""Classes of keyspace notifications, and their channels."""

OLD_NAMES = {
    "lua-time-limit": "busy-reply-threshold",
    "list-max-ziplist-size": "list-max-listpack-size",
} | {
    f"{kind}-max-ziplist-{what}": f"{kind}-max-listpack-{what}"
    for kind in ("hash", "zset")
    for what in ("entries", "value")
}
"""What Redis before 7 called a setting; that name still works."""


@dataclass
class Settings(settings.Settings):
    """The settings of step 10, on top of those of step 9."""

    # Where it listens. The options of step 1 set this, and the server writes it here.
    bind: str = setting("", TEXT, fixed=True)
    port: int = setting(0, number(0, 65535))
    unixsocket: str = setting("", TEXT, 'a path where to listen as well; "": nowhere', fixed=True)
    unixsocketperm: int = setting(
        0, PERMISSIONS, "the permissions of that socket; 0: as the system does", fixed=True
    )
    requirepass: str = setting("", TEXT, "the password that clients must send")
    protected_mode: bool = setting(
        True, SWITCH, "without a password, whether to refuse clients of other machines"
    )
    maxclients: int = setting(10_000, number(1, UINT_MAX, "CLIENTS"), "how many clients at a time")
    databases: int = setting(16, number(1, INT_MAX), "how many, for SELECT", fixed=True)
    timeout: int = setting(
        0, number(0, INT_MAX, "SECONDS"), "disconnect clients that are idle for longer; 0: never"
    )
    maxmemory: int = setting(
        0, memory(), "refuse to write while the data need more memory; 0: never"
    )
    notify_keyspace_events: str = setting(
        "", EVENTS, "which events on keys to publish, such as KEA; nothing: none"
    )
    latency_monitor_threshold: int = setting(0, number(0, INT64_MAX))
    # Redis' default is `yes`. Here it would cost each command some time.
    latency_tracking: bool = setting(False, SWITCH)
    latency_tracking_info_percentiles: tuple[float, ...] = setting((50, 99, 99.9), PERCENTILES)
    busy_reply_threshold: int = setting(5000, number(0, INT64_MAX))
    # Bytes that may wait for a subscriber before it is cut off; Redis' own default.
    client_output_buffer_limit: int = setting(32 * 1024 * 1024, OUTPUT_LIMIT, fixed=True)
    # Up to which size Redis keeps a value in one piece; OBJECT ENCODING uses this.
    hash_max_listpack_entries: int = setting(512, number(0, INT64_MAX))
    hash_max_listpack_value: int = setting(64, memory())
    set_max_intset_entries: int = setting(512, number(0, INT64_MAX))
    zset_max_listpack_entries: int = setting(128, number(0, INT64_MAX))
    zset_max_listpack_value: int = setting(64, memory())
    hll_sparse_max_bytes: int = setting(3000, memory())
    # How much of a stream Redis keeps in one piece; XTRIM with ~ removes such pieces.
    stream_node_max_bytes: int = setting(4096, memory())
    stream_node_max_entries: int = setting(100, number(0, INT64_MAX))
    # Redis' default is `no`.
    enable_debug_command: str = setting("local", WHO, "who may use DEBUG", fixed=True)
    enable_protected_configs: str = setting(
        "no", WHO, "who may have files written elsewhere, with CONFIG SET dir", fixed=True
    )

    # What Redis has more ways of doing, or this server does not do at all. No replica, no cluster and
    # no TLS: their settings are left out, but for those by which clients find out.
    maxmemory_policy: str = constant("noeviction")
    maxmemory_clients: str = constant("0")
    lazyfree_lazy_expire: str = constant("yes")
    lazyfree_lazy_server_del: str = constant("yes")
    lazyfree_lazy_user_del: str = constant("yes")
    lazyfree_lazy_user_flush: str = constant("yes")
    activedefrag: str = constant("no")
    list_max_listpack_size: str = constant("-2")
    list_compress_depth: str = constant("0")
    rdbchecksum: str = constant("yes", fixed=True)
    rdbcompression: str = constant("no")
    sanitize_dump_payload: str = constant("yes")
    aof_load_truncated: str = constant("yes")
    aof_timestamp_enabled: str = constant("no")
    auto_aof_rewrite_percentage: str = constant("0")
    no_appendfsync_on_rewrite: str = constant("no")
    proto_max_bulk_len: str = constant(str(MAX_BULK))
    tcp_backlog: str = constant(str(BACKLOG), fixed=True)
    tcp_keepalive: str = constant("0")
    tls_port: str = constant("0")
    io_threads: str = constant("1", fixed=True)
    hz: str = constant(str(1000 // PERIOD))
    dynamic_hz: str = constant("no")
    daemonize: str = constant("no", fixed=True)
    supervised: str = constant("no", fixed=True)
    pidfile: str = constant("", fixed=True)
    syslog_enabled: str = constant("no", fixed=True)
    aclfile: str = constant("", fixed=True)
    cluster_enabled: str = constant("no", fixed=True)
    enable_module_command: str = constant("no", fixed=True)
