"""Exercise 4.7: a lock for many readers or one writer. All of this file is yours.

With one lock for everything, two clients that only read wait for each other, although neither could
disturb the other. Build a lock that knows two kinds of holders.

Define a class `SharedLock`, made by `SharedLock()`. It has two methods for use with `with`:

- `reading()`: any number of threads may be inside at once, as long as nobody writes.
- `writing()`: one thread is inside, alone.

Whoever may not go in waits, and goes in as soon as it may. However a block ends, its place is free
afterwards.

A trap: with many readers, the last one may never leave, since new ones come before. So as soon as a
writer waits, readers that come after it wait until it has been in. Whose turn it is otherwise, a
waiting reader's or another writer's, is up to you.

A thread that waits takes no time of the processor: it does not ask again and again. No thread asks
for the lock while it is inside.

    >>> lock = SharedLock()
    >>> with lock.reading():
    ...     pass  # others may read now, nobody writes
    >>> with lock.writing():
    ...     pass  # nobody else is inside

`python -m steps.s04 serve --share-reads` runs on it (sharing.py), with one such lock for all keys.
"""

from __future__ import annotations
