"""Step 10: the complete server, on asyncio.

Publish and subscribe, transactions, commands that wait, configuration and administration; one
thread for any number of clients. `python -m steps.s10 serve` runs it.

Read first: connection.py, session.py and server.py.

    background.py          jobs that run now and then
    bench/                 compares the speed of servers
    bench/bare_echo.py     the fastest possible server, an echo (may be skipped)
    bench/compare.py       runs the servers and prints the table (may be skipped)
    bench/crowd.py         many clients on one event loop
    bench/standard.py      runs the tests of redis-benchmark (may be skipped)
    challenges/            whole modules to write, from a specification
    challenges/scripting.py  EVAL and FCALL: programs of clients that run in the server
    challenges/streams.py  XADD, XREADGROUP and the other commands on streams
    clients/               the other end of a connection
    clients/asking.py      a client whose replies are awaited
    clients/listen.py      a subscriber
    clients/relay.py       stands between clients and a server
    clients/relaying.py    the command line of the relay (may be skipped)
    clients/update.py      optimistic locking
    command.py             the registry and the base classes of the commands
    commands/              the commands of this step
    commands/admin.py      TIME, ROLE, SHUTDOWN, MODULE
    commands/blocking.py   BLPOP and the other commands that wait
    commands/client.py     CLIENT LIST, CLIENT KILL and the rest of the family
    commands/config.py     CONFIG GET and CONFIG SET
    commands/databases.py  MOVE, SWAPDB and others across databases
    commands/debug.py      DEBUG: for tests of a server
    commands/hello.py      AUTH, HELLO, SELECT, RESET, PING
    commands/info.py       INFO
    commands/key_flags.py  COMMAND GETKEYSANDFLAGS
    commands/monitor.py    MONITOR
    commands/multi.py      MULTI, EXEC, WATCH
    commands/object.py     OBJECT and MEMORY
    commands/pubsub.py     SUBSCRIBE, PUBLISH
    commands/scan.py       SCAN, HSCAN, SSCAN, ZSCAN
    connection.py          the life of a connection
    events/                keyspace notifications
    events/notifier.py     tells subscribers what happens to keys
    events/table.py        which events the commands cause
    flow.py                what flows out of a connection, and how much may wait
    hub.py                 passes published messages on to subscribers
    interest.py            tells WATCH and BLPOP that a key has changed
    latency/               what took long, and how long commands take
    latency/commands.py    LATENCY
    latency/histograms.py  counts how long each command takes
    latency/report.py      LATENCY GRAPH and LATENCY DOCTOR
    latency/spikes.py      when something took long
    lua/                   Lua for scripts
    lua/bytecode.py        compiled Lua without tail calls
    lua/interpreter.py     runs Lua that nobody has read
    lua/primitives.py      bits and bytes for the libraries that scripts use
    memory/                how large values are kept
    memory/blocks.py       a long list in blocks, for the order of a large sorted set
    memory/digest.py       one number for all data, for DEBUG DIGEST
    memory/doctor.py       MEMORY STATS and MEMORY DOCTOR
    memory/indexed.py      dicts and sets with positions, and cursors
    memory/keyspace.py     a keyspace for large values
    memory/new_type.py     how a module brings a type of its own
    memory/process.py      how much memory the process has
    memory/trash.py        frees large values a little at a time
    server.py              starts the loop, and shuts it down cleanly
    session.py             the conversation with one client, and what it may do now
    settings.py            the settings of the complete server
    state.py               the databases, the clients and everything they share
    statistics.py          the counters for INFO
    transaction.py         the queue of MULTI and the watched keys
    waiting/               clients that wait
    waiting/blocked.py     who waits for which key, and until when
    waiting/keys.py        the keys that somebody waits for, and which of them are ready
    waiting/pause.py       CLIENT PAUSE
"""

from __future__ import annotations

from steps.s10_asyncio import challenges, commands
from steps.s10_asyncio.server import AsyncServer
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import State

__all__ = [
    "AsyncServer",
    "ClientSession",
    "State",
    "challenges",
    "commands",
]
