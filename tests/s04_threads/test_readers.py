"""Exercise 4.7: a lock for many readers or one writer, whatever it is built of.

Each letter is a thread. After each order the lab waits until no thread moves any more; then it
notes who is inside.
"""

from __future__ import annotations

import random

import pytest


@pytest.mark.exercise(
    "4.7",
    why="Readers disturb nobody. The lock that protects your own counters is held while they change, "
    "not while the block runs.",
)
def test_readers_are_inside_together(code):
    """Three threads read at once, and again after they have left."""
    once = ["A reads", "B reads", "C reads", "B leaves", "A leaves", "C leaves"]
    assert code.labs.s04.inside_after(*once) == ["A", "AB", "ABC", "AC", "C", ""]
    assert code.labs.s04.inside_after(*once, *once)[6:] == ["A", "AB", "ABC", "AC", "C", ""]


@pytest.mark.exercise(
    "4.7",
    why="A thread that is woken has to ask again whether it may go in: another one may have been "
    "quicker. That is what `while`, or `wait_for`, is for.",
)
def test_one_writer_at_a_time(code):
    """Of four writers one is inside, then the next, until all have been in."""
    orders = ["A writes", "B writes", "C writes", "D writes", *["? leaves"] * 3]
    inside = code.labs.s04.inside_after(*orders)
    assert inside[:4] == ["A", "A", "A", "A"]
    assert sorted(inside[3:]) == ["A", "B", "C", "D"]


@pytest.mark.exercise(
    "4.7",
    why="While a thread writes, nobody reads. When it leaves, all who wait may read: notify_all() "
    "wakes each of them, notify() only one. And a writer that has come in no longer counts as one "
    "that waits.",
)
def test_readers_wait_for_a_writer(code):
    """Three readers wait for the writer, and go in together when it has left."""
    orders = ["A writes", "B reads", "C reads", "D reads", "A leaves"]
    assert code.labs.s04.inside_after(*orders) == ["A", "A", "A", "A", "BCD"]


@pytest.mark.exercise(
    "4.7",
    why="A writer has to be alone: it waits until the last reader has left, who wakes it.",
)
def test_a_writer_waits_for_all_readers(code):
    """The writer goes in when the second of two readers has left."""
    orders = ["A reads", "B reads", "C writes", "A leaves", "B leaves", "C leaves"]
    assert code.labs.s04.inside_after(*orders) == ["A", "AB", "AB", "B", "C", ""]


@pytest.mark.exercise(
    "4.7",
    why="If a reader may go in whenever others read, there is always one inside, and the writer "
    "never comes in. Count the writers that wait; while there is one, a reader waits, too.",
)
def test_no_reader_overtakes_a_writer(code):
    """A reader that comes after a waiting writer goes in after it."""
    orders = ["A reads", "B writes", "C reads", "D reads", "A leaves", "B leaves"]
    assert code.labs.s04.inside_after(*orders) == ["A", "A", "A", "A", "B", "CD"]


@pytest.mark.exercise(
    "4.7",
    why="Once a writer is inside it waits no longer. Count it down again, or readers wait for "
    "ever for a writer that has long been there.",
)
def test_readers_come_in_again_after_a_writer(code):
    """After a writer that had to wait, two threads read together."""
    orders = ["A reads", "B writes", "A leaves", "B leaves", "C reads", "D reads"]
    assert code.labs.s04.inside_after(*orders) == ["A", "A", "B", "", "C", "CD"]


@pytest.mark.exercise(
    "4.7",
    why="A command may fail while it holds the lock. With @contextmanager the part after `yield` "
    "runs only if it stands in a `finally`.",
)
@pytest.mark.parametrize("kind", ["reads", "writes"])
def test_a_block_that_fails_frees_its_place(code, kind):
    """When a block ends in an exception, the next thread goes in."""
    orders = [f"A {kind}", "B writes", "A fails", "B fails", "C reads"]
    assert code.labs.s04.inside_after(*orders) == ["A", "A", "B", "", "C"]


@pytest.mark.exercise(
    "4.7",
    why="What a block raises is for whoever has written the block: a command's error is its "
    "reply. Free the place in a `finally`, and catch nothing.",
)
@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_what_a_block_raises_goes_on(code, kind):
    """An exception in a block comes out of the `with`."""
    assert code.labs.s04.raised_through_lock(kind) == "ValueError"


@pytest.mark.exercise(
    "4.7",
    why="A wait with a timeout wakes up again and again to find that nothing has changed. Wait "
    "without one, and let whoever leaves wake you.",
)
def test_nobody_waits_for_a_while_only(code):
    """Whoever waits does so without a timeout."""
    orders = ["A writes", "B reads", "C writes", "D reads", *["? leaves"] * 4]
    assert code.labs.s04.waits_for_a_while(*orders) is False


@pytest.mark.exercise(
    "4.7",
    why="At every moment there are readers inside, or one writer. If nobody is inside, nobody waits. "
    "And no reader goes in before a writer that has waited when it came.",
)
def test_any_orders(code, seed):
    """Whoever comes and goes: the rules hold, and in the end everybody has been in."""
    chance = random.Random(seed)
    kinds = {name: chance.choice(["reads", "reads", "writes"]) for name in "ABCDEFGHIJKLMNOP"}
    goings = ["? leaves", "? fails"]
    orders = []
    for name, kind in kinds.items():
        orders += [f"{name} {kind}", *chance.choices(goings, k=chance.choice([0, 0, 1, 2]))]
    orders += ["? leaves"] * len(kinds)
    inside = code.labs.s04.inside_after(*orders)
    came, been = [], set()
    for order, now in zip(orders, inside, strict=True):
        came += [order[0]] if order[0] != "?" else []
        assert [kinds[name] for name in now] in ([], ["writes"], ["reads"] * len(now)), now
        been |= {*now}
        assert now or been == {*came}
        for name in now:
            before = came[: came.index(name)]
            assert (
                kinds[name] == "writes" or {one for one in before if kinds[one] == "writes"} <= been
            )
    assert been == {*kinds}
    assert inside[-1] == ""


@pytest.mark.exercise(
    "4.7",
    why="A thread may lose its turn before any instruction, also in the middle of `+= 1`, or "
    "between a question and what follows from its answer. Another thread then changes the same "
    "counters, and one of the two changes is lost. Both ask and change them only while they hold "
    "a lock.",
)
def test_a_switch_between_any_two_instructions(code):
    """Wherever the one thread loses its turn to the other: the rules hold, and all have been in."""
    for before, one, other, after, expected in [
        ("", "A reads", "B reads", "A leaves, B leaves, C writes", "C"),
        ("", "A reads", "B writes", "? leaves, ? leaves, C writes", "C"),
        ("", "A writes", "B reads", "? leaves, ? leaves, C writes", "C"),
        ("", "A writes", "B writes", "? leaves, ? leaves, C reads, D reads", "CD"),
        ("A reads", "B writes", "C writes", "A leaves, ? leaves, ? leaves, D reads, E reads", "DE"),
        ("A reads, B reads", "A leaves", "B leaves", "C writes", "C"),
        ("A reads", "A leaves", "B reads", "B leaves, C writes", "C"),
        ("A reads", "A leaves", "B writes", "? leaves, C reads, D reads", "CD"),
        ("A writes", "A leaves", "B reads", "? leaves, C writes", "C"),
        ("A writes", "A leaves", "B writes", "? leaves, C reads, D reads", "CD"),
    ]:
        first, last = before.split(", ") if before else [], after.split(", ")
        writers = {order[0] for order in [*first, one, other, *last] if order.endswith(" writes")}
        found = code.labs.s04.inside_after_switches(first, one, other, last)
        for inside in found:
            now = inside.split(" ")
            assert not [names for names in now if len(names) > 1 and writers & {*names}]
            assert now[-1] == expected, f"{other}, in the middle of: {one}"
        assert found


@pytest.mark.exercise(
    "4.7", why="The server makes a SharedLock when it is started with --share-reads."
)
def test_the_server_shares_reads(server):
    """`serve --share-reads` serves clients that read and write."""
    store = server("s04", "--share-reads")
    one, other = store.client(), store.client()
    assert one.ask("SET", "k", "v") == b"OK"
    assert [other.ask("GET", "k"), one.ask("GET", "k")] == [b"v", b"v"]
    assert other.ask("SET", "k").startswith("-ERR")
    assert other.ask("INCR", "n") + one.ask("INCR", "n") == 3
