"""Exercise 10.6: clients that wait for keys, each in its turn and each served once."""

from __future__ import annotations

from collections import Counter

import pytest

ITEM = b"*2\r\n$1\r\nk\r\n$1\r\n%b\r\n"
"""What BLPOP and BRPOP answer: the key and the item."""


@pytest.mark.exercise(
    "10.6",
    why="The first that came is the first to be served. With any other order, some client may wait "
    "for ever. (A dictionary keeps the order in which its keys came, a set does not. "
    "A loop over a list from which somebody is taken meanwhile passes over the next one.)",
)
def test_first_come_first_served(code):
    """Three wait, two items come: the first two get one each, the third keeps waiting."""
    room = code.labs.s10.WaitingRoom()
    for name in ("ann", "bob", "cid"):
        room.wait(name)
    assert room.fill("1", "2") == [["ann", "1"], ["bob", "2"]]
    assert room.still_waiting() == ["cid"]
    assert room.fill("3") == [["ann", "1"], ["bob", "2"], ["cid", "3"]]
    assert room.still_waiting() == []


@pytest.mark.exercise(
    "10.6",
    why="The keyspace tells only of a key that somebody listens to: without `self.listen` for each of "
    "its keys, a client waits and `serve` is never called.",
)
def test_the_keyspace_tells_of_what_one_waits_for(code):
    """A client waits for two lists: the keyspace tells of both."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", "a", "b")
    assert room.kept()["listened to"] == ["a", "b"]


@pytest.mark.exercise(
    "10.6",
    why="When the key is gone, nothing is left for the next one: stop. Waking all of them to "
    "compete for one item would be in vain for all but one.",
)
def test_nobody_is_woken_for_nothing(code):
    """Three wait, one item comes: one is woken, and no other tries a key that is gone."""
    room = code.labs.s10.WaitingRoom()
    for name in ("ann", "bob", "cid"):
        room.wait(name)
    assert room.fill("1") == [["ann", "1"]]
    assert room.still_waiting() == ["bob", "cid"]
    assert room.in_vain == 0, "attempts on a key that was gone"


@pytest.mark.exercise(
    "10.6",
    why="`serve` is called for a key for which nobody waits any more: what you keep by key may have "
    "nothing under it. A dictionary then raises KeyError; its get(key, ()) does not.",
)
def test_nobody_waits(code):
    """Nobody waits, or no longer: the items stay, and nothing else happens."""
    room = code.labs.s10.WaitingRoom()
    assert room.fill("1", "2") == []
    assert room.left() == ["1", "2"]
    room.wait("ann")
    assert room.fill("1", "2") == [["ann", "1"]]
    assert room.fill("3", "4") == [["ann", "1"]]
    assert room.left() == ["3", "4"]


@pytest.mark.exercise("10.6", why="Each waits for one item. The rest stays in the list.")
def test_more_items_than_clients(code):
    """One waits, three items come: it gets the first, and two stay."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann")
    assert room.fill("1", "2", "3") == [["ann", "1"]]
    assert room.left() == ["2", "3"]


@pytest.mark.exercise(
    "10.6",
    why="The attempt of a client that waits for another type returns None. It keeps waiting, and "
    "the next one has its turn: `continue`, not `break`.",
)
def test_one_waits_for_another_type(code):
    """A list comes; a client that waits for a sorted set keeps waiting, and later ones are served."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", wants="sorted set")
    room.wait("bob")
    room.wait("cid", wants="sorted set")
    room.wait("dan")
    assert room.fill("1", "2", "3") == [["bob", "1"], ["dan", "2"]]
    assert room.still_waiting() == ["ann", "cid"]
    assert room.left() == ["3"]


@pytest.mark.exercise(
    "10.6",
    why="A client that is woken may wait again at once, behind the others. A loop over what you keep, "
    "and not over a copy of it, would come to it a second time.",
)
def test_one_waits_again_at_once(code):
    """The first waits again when it is woken: the second gets the second item."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", then="waits again")
    room.wait("bob")
    assert room.fill("1", "2") == [["ann", "1"], ["bob", "2"]]
    assert room.still_waiting() == ["ann"]
    assert room.fill("3") == [["ann", "1"], ["bob", "2"], ["ann", "3"]]


@pytest.mark.exercise(
    "10.6",
    why="A client that waits again has come after the change, and nothing has changed since. A loop "
    "that comes to it, too, never ends if each client puts back what it takes.",
)
def test_who_came_after_the_change(code):
    """The first waits again when it is woken, and an item is left: that is not for it."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", then="waits again")
    room.wait("bob")
    assert room.fill("1", "2", "3") == [["ann", "1"], ["bob", "2"]]
    assert (room.still_waiting(), room.left()) == (["ann"], ["3"])


@pytest.mark.exercise(
    "10.6",
    why="A client that is woken may change the key at once, and `serve` is called for it again, "
    "inside yours. A client that is still in the queue then is served a second time: remove before "
    "you wake.",
)
def test_one_adds_an_item_at_once(code):
    """The first, when it is woken, adds an item: that one is for the second."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", then="adds x")
    room.wait("bob")
    room.wait("cid")
    assert room.fill("1") == [["ann", "1"], ["bob", "x"]]
    assert room.still_waiting() == ["cid"]


@pytest.mark.exercise(
    "10.6",
    why="A string of no bytes is an item, and a reply. Only None means that there was nothing for "
    "it: compare with `is None`.",
)
def test_an_item_of_no_bytes(code):
    """An empty item is taken, and the client that took it gets its reply."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann")
    assert room.fill("") == [["ann", ""]]
    assert (room.still_waiting(), room.left()) == ([], [])


@pytest.mark.exercise(
    "10.6",
    why="You loop over a copy, which may be outdated: a client in it may no longer be waiting. An "
    "item given to it would be lost.",
)
def test_one_has_left_meanwhile(code):
    """The first, when it is woken, ends the wait of the second, which gets nothing."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", then="ends bob")
    room.wait("bob")
    room.wait("cid")
    assert room.fill("1", "2") == [["ann", "1"], ["cid", "2"]]
    assert room.still_waiting() == []


@pytest.mark.exercise(
    "10.6",
    why="A client that waits for several keys has a place under each of them, in the order in which "
    "the clients came and not in that of its keys.",
)
def test_a_place_under_each_key(code):
    """Two wait for the same two lists, named in another order: who came first is served first."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", "a", "b")
    room.wait("bob", "b", "a")
    assert (room.still_waiting("a"), room.still_waiting("b")) == (["ann", "bob"], ["ann", "bob"])
    assert room.fill("1", key="b") == [["ann", "1"]]
    assert (room.still_waiting("a"), room.still_waiting("b")) == (["bob"], ["bob"])
    assert room.fill("2", key="a") == [["ann", "1"], ["bob", "2"]]


@pytest.mark.exercise(
    "10.6",
    why="When its time is up, a client gets `timeout_reply` and waits no more. 0 seconds mean that it "
    "waits for ever: no timer, or its time would be up at once.",
)
def test_time_is_up_for_those_who_set_one(code):
    """One waits for 5 seconds and one for ever: the first gets its null then, and not before."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", seconds=5)
    room.wait("bob", seconds=0)
    assert room.advance(4.9) == []
    assert room.advance(0.1) == [["ann", "time is up"]]
    assert room.advance(1000) == [["ann", "time is up"]]
    assert room.still_waiting() == ["bob"]


@pytest.mark.exercise(
    "10.6",
    why="A wait ends once. What is left of one that has ended does harm later: a place under a key "
    "takes an item that nobody gets, a timer sends a null that nobody expects, and a key that is "
    "still listened to slows every write.",
)
@pytest.mark.parametrize("end", ["is served", "time is up", "leaves"])
def test_nothing_is_left_of_a_wait(code, end):
    """A client waits for three lists with a timeout; however that ends, nothing of it is left."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", "a", "b", "c", seconds=5)
    assert room.kept() == {"timers": 1, "listened to": ["a", "b", "c"]}
    if end == "is served":
        room.fill("1", key="b")
    elif end == "time is up":
        room.advance(5)
    else:
        room.leave("ann")
    assert room.kept() == {"timers": 0, "listened to": []}
    assert [room.still_waiting(key) for key in "abc"] == [[], [], []]
    said = len(room.served)
    room.fill("2", key="a")
    room.advance(10)
    assert (len(room.served), room.left("a")) == (said, ["2"])


@pytest.mark.exercise(
    "10.6",
    why="By the time `wake` is called the wait has ended, with all that belongs to it: what the "
    "client does then must not meet anything of it.",
)
@pytest.mark.parametrize("end", ["is served", "time is up"])
def test_it_has_ended_before_it_wakes(code, end):
    """When a client is woken, it has no place under any key, and no timer runs."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", "a", "b", seconds=5)
    if end == "is served":
        assert room.fill("1", key="a") == [["ann", "1"]]
    else:
        assert room.advance(5) == [["ann", "time is up"]]
    assert room.late == []


@pytest.mark.exercise(
    "10.6",
    why="The keyspace tells of a key as long as one of the clients waits for it, and not until the "
    "first of them goes.",
)
def test_others_still_wait_for_the_key(code):
    """One of two that wait for a list leaves: the keyspace goes on telling of it."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", "a", "b")
    room.wait("bob", "b")
    room.leave("ann")
    assert room.kept()["listened to"] == ["b"]
    assert room.fill("1", key="b") == [["bob", "1"]]


@pytest.mark.exercise(
    "10.6",
    why="A session leaves at its end, whether its client waits or not: a wait that has ended already "
    "is no error, and other clients go on waiting.",
)
def test_leaving_does_no_harm_twice(code):
    """A client leaves after it was served, and again; another one keeps its place."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann")
    room.wait("bob")
    assert room.fill("1") == [["ann", "1"]]
    room.leave("ann")
    room.leave("ann")
    assert (room.still_waiting(), room.kept()["listened to"]) == (["bob"], ["room"])


@pytest.mark.exercise(
    "10.6",
    why="Two clients whose time is up at the same moment: what the first one does when it wakes up "
    "may end the wait of the second, which then gets nothing.",
)
def test_ended_in_the_same_moment(code):
    """The time of two is up; the first ends the wait of the second, which hears nothing."""
    room = code.labs.s10.WaitingRoom()
    room.wait("ann", seconds=5, then="ends bob")
    room.wait("bob", seconds=5)
    assert room.advance(5) == [["ann", "time is up"]]
    assert room.kept() == {"timers": 0, "listened to": []}


@pytest.mark.exercise(
    "10.6",
    why="A client that is served no longer waits under any of its keys, and its timer is "
    "cancelled. If it were still there, another item would go to a client that has gone on.",
)
def test_served_once_only(code):
    """A client waits for two keys with a timeout; served by one, it waits for neither."""
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "BLPOP other k 5") == b""
    assert talk.say("bob", "RPUSH k x y") == b":2\r\n"
    assert talk.hears("ann") == ITEM % b"x"
    assert talk.kept() | {"clients": 0} == dict.fromkeys(talk.kept(), 0)
    talk.say("bob", "RPUSH other z")
    talk.wait(10)
    assert talk.hears("ann") == b""
    assert talk.say("bob", "LLEN k", "LLEN other") == b":1\r\n:1\r\n"


@pytest.mark.exercise(
    "10.6", why="BLPOP takes at one end and BRPOP at the other: each waiter has its own attempt."
)
def test_both_ends(code):
    """BRPOP and BLPOP wait for one list; three items come, and the middle one stays."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "BRPOP k 0")
    talk.say("bob", "BLPOP k 0")
    assert talk.say("cid", "RPUSH k 1 2 3") == b":3\r\n"
    assert talk.hears("ann") == ITEM % b"3"
    assert talk.hears("bob") == ITEM % b"1"
    assert talk.say("cid", "LRANGE k 0 -1") == b"*1\r\n$1\r\n2\r\n"


@pytest.mark.exercise(
    "10.6",
    why="Clients are served after the command, not in the middle of it: the reply to RPUSH counts "
    "its own items, and a transaction has ended before any other client sees what it has done.",
)
def test_served_after_the_command(code):
    """RPUSH returns its own length; items that a transaction pushes and pops serve nobody."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "BLPOP k 0")
    replies = talk.say("bob", "MULTI", "RPUSH k x", "DEL k", "RPUSH k y z", "EXEC")
    assert replies.endswith(b"*3\r\n:1\r\n:1\r\n:2\r\n")
    assert talk.hears("ann") == ITEM % b"y"


@pytest.mark.exercise(
    "10.6",
    why="What one client moves may be what the next one waits for. Each key that becomes ready on "
    "the way is served too.",
)
def test_one_serves_the_next(code):
    """An item goes from list to list, through two waiting clients, to a third."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "BLMOVE a b LEFT RIGHT 0")
    talk.say("bob", "BLMOVE b c LEFT RIGHT 0")
    talk.say("cid", "BLPOP c 0")
    assert talk.say("dan", "RPUSH a x", "EXISTS a b c") == b":1\r\n:0\r\n"
    assert talk.hears("ann") == talk.hears("bob") == b"$1\r\nx\r\n"
    assert talk.hears("cid") == b"*2\r\n$1\r\nc\r\n$1\r\nx\r\n"


@pytest.mark.exercise(
    "10.6",
    why="While a client waits, its next requests are kept. Once it is served, they are run, and "
    "their replies come after the one it has waited for.",
)
def test_the_next_command_of_the_pipeline(code):
    """Commands after a BLPOP are answered once it is served, in order."""
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "PING", "BLPOP k 0", "LLEN k", "BLPOP k 0", "PING") == b"+PONG\r\n"
    assert talk.hears("ann") == b""
    talk.say("bob", "RPUSH k 1 2 3")
    assert talk.hears("ann") == ITEM % b"1" + b":2\r\n" + ITEM % b"2" + b"+PONG\r\n"
    assert talk.say("bob", "LLEN k") == b":1\r\n"


@pytest.mark.exercise(
    "10.6",
    why="Each of them is served, and wakes the next one by what it does then. However many they "
    "are, each has exactly one reply, and the server is still there.",
)
def test_a_chain_of_clients(code):
    """Two hundred wait, and each pushes the item on: it comes out at the end of the chain."""
    talk = code.labs.s10.Talk()
    names = [f"client-{number}" for number in range(200)]
    for name in names:
        talk.say(name, "BLPOP k 0", "RPUSH k x")
    assert talk.say("first", "RPUSH k x") == b":1\r\n"
    heard = Counter(talk.hears(name) for name in names)
    assert heard == {ITEM % b"x" + b":1\r\n": 200}
    assert talk.say("first", "LRANGE k 0 -1") == b"*1\r\n$1\r\nx\r\n"


@pytest.mark.exercise(
    "10.6", why="A client that is gone no longer waits: an item that is given to it is lost."
)
def test_the_client_is_gone(code):
    """The first of two is gone while it waits: the item is for the second."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "BLPOP k 0")
    talk.say("bob", "BLPOP k 0")
    talk.leave("ann")
    talk.say("cid", "RPUSH k x")
    assert talk.hears("ann") == b""
    assert talk.hears("bob") == ITEM % b"x"


@pytest.mark.exercise(
    "10.6",
    why="The time of one is up: it gets its null and no longer waits. The others keep their "
    "places.",
)
def test_the_time_is_up(code):
    """Of three who wait, the second gives up; the item after that is for the third."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "BLPOP k 9")
    talk.say("bob", "BLPOP k 0.5", "PING")
    talk.say("cid", "BLPOP k 0")
    talk.wait(1)
    assert talk.hears("bob") == b"*-1\r\n+PONG\r\n"
    talk.say("dan", "RPUSH k 1 2")
    assert talk.hears("ann") == ITEM % b"1"
    assert talk.hears("cid") == ITEM % b"2"


@pytest.mark.exercise(
    "10.6", why="Clients of a work queue rely on the order of arrival, whoever pushes how much."
)
def test_order_of_arrival_over_the_wire(server, blocked):
    """Five clients wait, one after the other; the items come in three commands."""
    store = server("s10")
    pusher = store.client()
    waiting = [store.client() for _ in range(5)]
    for number, client in enumerate(waiting, 1):
        client.send(b"BRPOP jobs 0\r\n" if number % 2 else b"BLPOP none jobs 0\r\n")
        blocked(pusher, number)
    assert pusher.ask("RPUSH", "jobs", 1) == 1
    assert pusher.ask("LPUSH", "jobs", 2) == 1
    assert pusher.ask("RPUSH", "jobs", 3, 4, 5, 6) == 4
    assert [client.read()[1] for client in waiting] == [b"1", b"2", b"6", b"3", b"5"]
    assert pusher.ask("LRANGE", "jobs", 0, -1) == [b"4"]


@pytest.mark.exercise(
    "10.6",
    why="A client that vanishes or is killed while it waits must leave the queue before the next "
    "item comes, or the item is lost.",
)
def test_no_item_goes_to_who_is_gone(server, blocked):
    """Two of three clients that wait vanish or are killed; nothing is lost."""
    store = server("s10")
    pusher = store.client()
    vanishing, killed, waiting = (store.client() for _ in range(3))
    number = killed.ask("CLIENT", "ID")
    for count, client in enumerate([vanishing, killed, waiting], 1):
        client.send(b"BLPOP k 0\r\n")
        blocked(pusher, count)
    vanishing.abort()
    blocked(pusher, 2)
    # In one piece: the connection is not yet closed when the item comes.
    pusher.send(b"CLIENT KILL ID %d\r\nRPUSH k one two\r\nLLEN k\r\n" % number)
    pusher.expect(b":1\r\n:2\r\n:1\r\n")
    assert killed.closed()
    waiting.expect(ITEM.replace(b"$1\r\n%b", b"$3\r\none"))


@pytest.mark.exercise(
    "10.6", why="Both protocols, lists and sorted sets, and a timeout: on a real event loop."
)
def test_waiting_over_the_wire(server, blocked):
    """One waits for a sorted set and one for a list of the same name; both are served in the end."""
    store = server("s10")
    one, other, pusher = store.client(), store.client(), store.client()
    one.send(b"BZPOPMIN k 0\r\n")
    blocked(pusher, 1)
    other.send(b"HELLO 3\r\nBLPOP k 0\r\nBLPOP k 0.01\r\nPING\r\n")
    blocked(pusher, 2)
    assert pusher.ask("RPUSH", "k", "item") == 1
    assert other.read()[b"proto"] == 3
    other.expect(b"*2\r\n$1\r\nk\r\n$4\r\nitem\r\n_\r\n+PONG\r\n")
    assert pusher.ask("ZADD", "k", 1.5, "member") == 1
    assert one.read() == [b"k", b"member", b"1.5"]


def test_an_item_that_is_there_is_taken_at_once(code):
    """Without a wait: the first key that has something serves, and a wrong type is an error."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "RPUSH k 1", "SET text 1")
    assert talk.say("ann", "BLPOP none k 0") == ITEM % b"1"
    assert talk.say("ann", "BLPOP text 0").startswith(b"-WRONGTYPE ")
    assert talk.kept()["waiting"] == 0


def test_a_client_waits_in_its_database(code):
    """An item in another database does not concern it."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "SELECT 1", "BLPOP k 1", "PING")
    talk.say("bob", "RPUSH k x")
    assert talk.hears("ann") == b""
    talk.wait(1)
    assert talk.hears("ann") == b"*-1\r\n+PONG\r\n"
