"""Exercise 3.7: a store that forgets. All of this file is yours.

A cache must not grow for ever. Redis has `maxmemory` with the policy `allkeys-lru`: when memory is
full, the keys that nobody has used for longest go first. Yours limits the number of keys.

Define a class `LruStore`. `LruStore(1000)` is a Store, as in store.py, that never ends a command
with more than 1000 keys. When a key more is written, the one that has been unused for longest is
removed, and the observers hear of it as they hear of DEL. The limit is 1 or more.

A key is used when `find` finds it, and when it is written. Asking for a key that is not there uses
nothing; neither does `keys()`.

A trap: keys come into being in more than one way. INCR of a missing key is one.

However many keys there are, a look-up and a write cost about the same: to walk through all keys for
the oldest one would be slow just when the cache is full. And what the store remembers about use
grows with the number of keys, not with the number of look-ups.

    >>> store = LruStore(2)
    >>> store.set(b"a", b"1")
    >>> store.set(b"b", b"2")
    >>> store.get(b"a")
    b'1'
    >>> store.set(b"c", b"3")
    >>> sorted(store.keys())
    [b'a', b'c']

`python -m steps.s03 serve --max-keys 1000` serves it.
https://redis.io/docs/latest/develop/reference/eviction/
"""

from __future__ import annotations
