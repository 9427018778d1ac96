"""Exercise 10.6: clients that wait for a key, each in its turn and each served once.

This module is yours as a whole. It defines

    class BlockedClients(WaitingList)

in which `WaitingList` (steps/s10_asyncio/waiting/keys.py) hears from the keyspace which keys have
changed, and calls `serve` for each of them after the command that changed it. You keep the waiting
clients, their keys and their order, in whatever way you like (an `__init__(self, *arguments)` of your
own calls `super().__init__(*arguments)` first). A `Waiter` (same file) is one client in one BLPOP.

- `wait(waiter)`: it waits for each of its `waiter.keys` from now on, after all who came before, and
  for at most `waiter.seconds` (0: for ever). When the time is up, it gets its null by
  `waiter.wake(waiter.timeout_reply)`. `self.later(seconds, function)` is a timer of the event loop
  with a method `cancel`. The keyspace tells of a key only between `self.listen(key)` and
  `self.ignore(key)`. Telling costs time at every write, so a key for which nobody waits is ignored.
- `leave(waiter)`: it waits no more, since its client is gone. If it does not wait, nothing happens.
- `waiters(key)`: a list of all who wait for `key`; who came first stands first.
- `serve(key)`: something has come. In their order, each waiter tries to take something:
  `waiter.attempt(key)` is the reply, or None if there is nothing of the kind it waits for (BLPOP for
  a set); then it keeps its place. A reply goes out by `waiter.wake(reply)`. Once the key is gone
  (`self.store.find(key)` is None), the others need not try: nobody is woken in vain.

A wait ends once, whatever comes first: it is served, its time is up, or it leaves. By the time `wake`
is called nothing of it is left: no place under any of its keys, no timer, and no key that the keyspace
tells of for its sake.

Much may happen inside `wake` and `attempt`. A client that wakes up may wait again (after all others),
end another one's wait, or change the key, and then `serve` is called for it while yours still runs. Even
so, none is served twice, and none that has left. A client that begins to wait while `serve` runs came
after this change, and waits for the next one.

>>> blocked.wait(ann); blocked.wait(bob)  # for the list `jobs`
>>> store.put(b"jobs", deque([b"one"])); blocked.serve(b"jobs")  # ann gets it
>>> blocked.waiters(b"jobs") == [bob]
True

https://redis.io/docs/latest/commands/blpop/ tells of the order.
"""
