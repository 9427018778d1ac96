"""Exercise 7.9: a snapshot as commands, for any server to run. All of this file is yours.

    def requests_of(databases: Databases, now: int) -> Iterator[Request]

`databases` maps numbers to contents: `data` holds values by key (bytes, deque, set, dict or SortedSet),
and `expires` the deadlines of some of the keys. It yields requests, lists of words as bytes. An empty
server that runs them in order has the same keys in the same databases, with the same values and
deadlines. It may be any Redis server, so only commands and options that Redis has will do.

- A key whose deadline is not later than `now` (milliseconds since 1970) is left out.
- A score is the same double afterwards, to the last bit; it may be infinite.
- No request carries more than MOST = 64 items of a list or members of a set, fields of a hash, or
  members of a sorted set: no server should have to take a list of a million items in one piece. But
  there are no more requests than that takes: one for a string, two for a list of a hundred items, one
  more for a deadline, and one to change the database, where it changes.
- The first request is there before the second key has been looked at, and nothing in `databases` is
  changed. The whole of it may be larger than what memory has room for twice.

    >>> list(requests_of({0: Contents({b"l": deque([b"a", b"b"])}, {b"l": 9999999999999})}, now=0))
    [[b'RPUSH', b'l', b'a', b'b'], [b'PEXPIREAT', b'l', b'9999999999999']]

`python -m steps.s07 export dump.rdb` prints them as a client sends them. So this moves your data to
another server: `python -m steps.s07 export data/dump.rdb | redis-cli -p 6380 --pipe`.

https://redis.io/docs/latest/develop/use/bulk-loading/
"""
