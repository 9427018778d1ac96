"""Challenge streams: an append-only log whose entries have ids, and groups of consumers that share it.

A stream is a list of entries that only grows at its end. An entry has an id and some fields with values.
Clients read from an id on, wait for what comes next, or share the work as consumers of a group: each
entry goes to one of them and stays pending until that one acknowledges it.

    > XADD jobs * file a.png size 10        < "1526919030474-0"
    > XGROUP CREATE jobs workers 0          < OK
    > XREADGROUP GROUP workers ann STREAMS jobs >
    < [["jobs", [["1526919030474-0", ["file", "a.png", "size", "10"]]]]]
    > XACK jobs workers 1526919030474-0     < 1

Write this module: the value, the commands, and what files need. You choose the design. The tests look
from outside only, and compare byte by byte with what redis-server 7.0 answers; each of their
transcripts is a specification of its stage (tests/s10_asyncio/challenges/streams/transcripts). The
documentation of Redis: https://redis.io/docs/latest/develop/data-types/streams/ and
https://redis.io/docs/latest/commands/?group=stream

How it fits in
==============

A command is a class derived from `steps.s10_asyncio.command.Command`, with `group = "stream"`, its
flags, its fields and `execute(session)`; commands/blocking.py, commands/object.py (a family with
subcommands) and steps/s06_types/commands/*.py are models. Where Redis judges words only after it has
looked the key up, declare them as `Rest(Bulk())` and read them in `execute`.

- `session.store.lookup(key, YourClass)`: the value, None, or WRONGTYPE. `store.settle(key, value)` after
  each change of a stream: it keeps a new one and notifies WATCH and waiting clients. A stream without
  entries stays, so it must be true (`__bool__`).
- `session.store.clock()`: now, in milliseconds since 1970.
- `session.store.count(n)`: n changes more than `settle` has counted (or fewer). Redis counts each entry
  that XDEL, XTRIM or XACK removes and each that is claimed, one for a stream that XREADGROUP delivered
  from, one for each new consumer. Changes of groups are counted, but do not touch the key for WATCH.
- `session.block(command)`: waits, as commands/blocking.py shows; for each key that changes, `attempt` is
  called. `lost_reply` is what the client gets if the key is gone or has another type.
- `command.effects(reply)`: the requests that the append-only file keeps.
- `session.state.settings`: `stream_node_max_entries` (100) and `stream_node_max_bytes` (4096).
- `steps.s10_asyncio.memory.new_type.add_type` makes your class known: TYPE, SCAN, OBJECT, MEMORY, files.

Ids (stage 1)
=============

`<milliseconds>-<sequence>`, two unsigned numbers of 64 bits; compared as numbers, the first one first.
Where an id may be incomplete, `5` is 5-0, but 5-18446744073709551615 as the end of a range. The numbers
are read as C's strtoull reads them: blanks and a sign may come first, `007` is 7. Anything else, or more
than 127 bytes, is `ERR Invalid stream ID specified as stream command argument`.

XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] id field value [field value ...]
    Adds an entry and returns its id. `*`: the time now, or the last id plus one if that is not
    greater. `5-*`: the next sequence number of these milliseconds, 0 for new ones (0-1 for `0-*` in
    a new stream). With NOMKSTREAM null if the stream does not exist. Errors, in this order: the options
    and the id; an odd number of words (wrong number of arguments); 0-0; WRONGTYPE; the last id
    there can be; an id that is not greater than the last one of the stream, whether that entry is
    still there or not.
XLEN key
    The number of entries.

Ranges (stage 2)
================

XRANGE key start end [COUNT count] and XREVRANGE key end start [COUNT count]
    The entries from start to end, both included: [[id, [field, value, ...]], ...]. `-` and `+` are
    the least and the greatest id; `(5-1` leaves 5-1 out. COUNT of 0 or less: a null array, if there
    is a stream. A range costs what it returns: it must not go through all that comes before.

Removing (stage 3)
==================

XDEL key id [id ...]
    Removes entries, returns how many there were. No id is removed if one of them is invalid; they
    are not even looked at if the key does not exist.
XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count]
    Removes the oldest entries until at most threshold are left (MAXLEN), or those with ids below
    threshold (MINID); returns how many. `~`: only whole nodes, the oldest first, as long as that
    does not remove too much. Redis keeps entries in nodes: an entry begins a new one if the last
    node has had stream-node-max-entries entries, or if its listpack and the bytes of the new entry
    together reach stream-node-max-bytes. A deleted entry keeps its place in its node until the node
    is empty. LIMIT: with `~` only, how many entries to remove at most; 100 nodes if it is missing,
    0 for no limit.
XSETID key id [ENTRIESADDED count] [MAXDELETEDID id]
    Sets the last id, how many entries were ever added, and the greatest id that XDEL removed.

Reading and waiting (stages 4 and 5)
====================================

XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]
    For each stream that has any: the entries with greater ids, at most count (0 or less: all) of
    each. RESP2: [[key, entries], ...]; RESP3: a map, in which a key that was named twice comes
    twice. `$`: the last id of the stream now. Nothing at all: a null array. Types and ids are
    judged stream by stream. With BLOCK a client waits for the next XADD to one of the streams (0:
    for ever), and gets the entries of that one. What else happens to the key does not wake it, nor
    does a key that is removed; a key that is created by RENAME, COPY or RESTORE does. In a
    transaction nobody waits, and in a script (`session.scripted`) BLOCK is an error:
    `ERR xread command is not allowed with BLOCK option from scripts`, with the name as it was sent.
    That goes for XREADGROUP, too.

Groups (stages 6 and 7)
=======================

XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD count]
XGROUP SETID key group id | $ [ENTRIESREAD count]
XGROUP DESTROY key group
XGROUP CREATECONSUMER key group consumer
XGROUP DELCONSUMER key group consumer
    A group has the id of the entry that was delivered last, the number of entries read (-1:
    unknown), consumers, and pending entries. DELCONSUMER forgets what is pending for the consumer
    and returns how much that was.
XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK]
       STREAMS key [key ...] id [id ...]
    `>`: the entries after the last delivered one, which are pending for this consumer from now on
    (not with NOACK). An entry that was pending for another one changes hands. Any other id: what is
    pending for this consumer after that id, each delivered once more; of a deleted entry the id and
    a null array. A stream is in the reply even if its history is empty. A consumer is created when
    it is served. With BLOCK, consumers of a group are served one after the other. Whoever waits
    gets `UNBLOCKED the stream key no longer exists` or `NOGROUP the consumer group this client was
    blocked on no longer exists`, should that be so after a command (after EXEC, not in between).

Pending entries (stages 8 and 9)
================================

XACK key group id [id ...]
    The entries are not pending any more; returns how many were.
XPENDING key group [[IDLE milliseconds] start end count [consumer]]
    How many, the first and the last id, [[consumer, how many], ...]; or, with a range, for each
    pending entry [id, consumer, idle milliseconds, deliveries].
XCLAIM key group consumer min-idle id [id ...] [IDLE ms] [TIME ms-since-1970] [RETRYCOUNT count]
       [FORCE] [JUSTID] [LASTID id]
    Makes entries that are pending, and have been idle for long enough, pending for this consumer;
    returns them (JUSTID: their ids). FORCE: those that are not pending, too, if they are in the
    stream. It counts as a delivery, but not with JUSTID. An entry that was deleted stops being
    pending. A time in the future, or before 1970, is now.
XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID]
    The same for the next count (100) pending entries from start on. Looks at ten times as many at
    most. Returns the id from which to go on (0-0: there are no more), the entries, the ids of
    deleted ones.

Looking in (stage 10)
=====================

XINFO STREAM key [FULL [COUNT count]], XINFO GROUPS key, XINFO CONSUMERS key group
    Maps; names and order as in the transcripts. Groups and consumers are sorted by name. FULL shows
    10 of each list (0: all). `radix-tree-keys` is the number of nodes, `radix-tree-nodes` the
    number of nodes of a radix tree over their first ids (16 bytes, big-endian). `entries-read` of a
    group counts up with each delivery as long as no entry ahead was deleted; else it is what can be
    told from the id: the last id is entry number entries-added, the first entry that is there is
    number entries-added - length + 1, what is before it is that minus 1, and all else is unknown
    (null). `lag` is entries-added minus that.

Files (stage 11)
================

An RDB file keeps a stream in a form of its own. steps/s07_persistence/rdb/streams.py makes bytes of a
`Picture` of it and back. The append-only file must lead to the same state: XADD has the id it gave, a
trim is exact, XREADGROUP is XCLAIM (with TIME, RETRYCOUNT, FORCE, JUSTID) and XGROUP SETID (with
ENTRIESREAD). COPY and BGSAVE copy a stream with `copy.copy`, and go on while it changes.
"""
