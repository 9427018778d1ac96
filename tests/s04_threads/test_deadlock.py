"""Exercise 4.5: several locks at once, and nobody waits for ever."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "4.5",
    why="Every thread takes locks in the same order, by ascending stripes, and only those of its "
    "keys. They are released when the block ends, the last one first.",
)
@pytest.mark.parametrize("stripes", [[0, 2], [2, 0]])
def test_ascending_and_back(code, stripes):
    """Two stripes are taken in ascending order, whatever the order of the keys."""
    assert code.labs.s04.trace(stripes) == [
        *["take 0", "take 2"],
        "inside",
        *["give 2", "give 0"],
    ]


@pytest.mark.exercise(
    "4.5",
    why="The order of the keys says nothing about the order of their stripes. Sort the numbers "
    "that stripe_of gives.",
)
def test_the_order_of_the_keys_is_another(code):
    """Keys in ascending order, in descending stripes: the stripes decide."""
    taken = code.labs.s04.trace([3, 2, 1])  # the keys begin with 0, 1, 2
    assert taken[:3] == ["take 1", "take 2", "take 3"]


@pytest.mark.exercise(
    "4.5",
    why="A set has no order that you can rely on. Small numbers happen to come out sorted; 8 and "
    "1 of sixteen stripes do not. Sort the numbers.",
)
@pytest.mark.parametrize("stripes", [[1, 8], [9, 2, 11], [15, 8, 0, 7]])
def test_ascending_among_sixteen(code, stripes):
    """The order is ascending among sixteen stripes, too."""
    taken = [f"take {stripe}" for stripe in sorted(stripes)]
    assert code.labs.s04.trace(stripes, of=16)[: len(stripes)] == taken


@pytest.mark.exercise(
    "4.5",
    why="`acquire(timeout=...)` returns False when the time is up, and then the lock is not "
    "yours. If you go on without checking, the block runs next to a thread that does hold it.",
)
def test_nobody_goes_on_without_the_lock(code):
    """However long another thread holds a stripe, the block runs only once it is ours."""
    assert code.labs.s04.trace([0, 2], "busy 2") == [
        *["take 0", "take 2"],
        "inside",
        *["give 2", "give 0"],
    ]


@pytest.mark.exercise(
    "4.5",
    why="Two keys may share a stripe. RLock would let you take it twice, but then you must "
    "release it twice; a plain lock would wait for itself. A set has each number once.",
)
def test_each_stripe_once(code):
    """Three keys in one stripe take it once."""
    assert code.labs.s04.trace([1, 1, 1]) == ["take 1", "inside", "give 1"]


@pytest.mark.exercise(
    "4.5",
    why="FLUSHALL is about every key, so it names none. No keys means: all stripes, in order.",
)
def test_no_keys_are_all_stripes(code):
    """Without keys every stripe is held."""
    assert code.labs.s04.trace([], of=3) == [
        *["take 0", "take 1", "take 2"],
        "inside",
        *["give 2", "give 1", "give 0"],
    ]


@pytest.mark.exercise(
    "4.5",
    why="A block that raises must not keep its locks: a thread that wants one of them later would "
    "wait for ever. After a yield, only `finally` or a `with` around it sees the exception.",
)
def test_an_exception_inside_gives_all_back(code):
    """Ctrl-C inside the block: all stripes are released."""
    assert code.labs.s04.trace([0, 2], "inside") == [
        *["take 0", "take 2"],
        "inside",
        *["give 2", "give 0"],
    ]


@pytest.mark.exercise(
    "4.5",
    why="What the block raises comes out at the `yield`, and has to go on from there. If you "
    "catch it, or `return` in a `finally`, the `with` is over as if nothing had been wrong, and "
    "the client gets no error.",
)
@pytest.mark.parametrize("kind", ["CommandError", "KeyboardInterrupt"])
def test_what_the_block_raises_goes_on(code, kind):
    """An exception inside the block comes out of the `with`."""
    assert code.labs.s04.raised_through_holding(kind) == kind


@pytest.mark.exercise(
    "4.5",
    why="Ctrl-C may come while you hold two stripes and wait for the third. Take them inside the "
    "block that releases them, and release only those that were taken.",
)
def test_an_exception_while_taking_gives_back_the_rest(code):
    """Ctrl-C while the third stripe is being taken: the first two are released."""
    assert code.labs.s04.trace([0, 1, 3], "take 3") == ["take 0", "take 1", "give 1", "give 0"]


@pytest.mark.exercise(
    "4.5",
    why="One holds stripe 0 and waits for 1, the other holds 1 and waits for 0: for ever. If both "
    "take 0 first, one waits without holding anything, and the other finishes.",
)
def test_crosswise(code):
    """Two threads want the same two keys in opposite order: both finish."""
    assert code.labs.s04.cross([0, 1], [1, 0])


@pytest.mark.exercise(
    "4.5",
    why="A deadlock may go round through three threads, none of which wants the same two keys. One "
    "order for all prevents this circle as well.",
)
def test_in_a_circle(code):
    """Three threads, each of which wants what the next one has: all finish."""
    assert code.labs.s04.cross([0, 1], [1, 2], [2, 0])


@pytest.mark.exercise(
    "4.5",
    why="Two clients rename back and forth between the same keys. With the locks in the order of "
    "the keys they stop somewhere in the middle, and every later client with them.",
)
def test_two_clients_crosswise(server):
    """Two clients send three hundred RENAMEs in opposite directions, and get all replies."""
    store = server("s04")
    one, other = store.client(), store.client()
    names = "abcdefgh"
    assert one.ask("MSET", *(word for name in names for word in (name, name))) == b"OK"
    forth = [f"RENAME {name} {name.upper()}\r\n" for name in names] * 37
    back = [f"RENAME {name.upper()} {name}\r\n" for name in names] * 37
    one.send("".join(forth).encode())
    other.send("".join(back).encode())
    replies = [client.read() for client in (one, other) for _ in forth]
    assert {bytes(reply) for reply in replies if not isinstance(reply, str)} <= {b"OK"}
    assert {reply for reply in replies if isinstance(reply, str)} <= {"-ERR no such key"}
    assert one.ask("DBSIZE") == len(names)
