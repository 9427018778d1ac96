"""Exercises 6.1 and 6.2: both ends of a list, and a part of it."""

from __future__ import annotations

import pytest


def bulks(*values):
    """An array of bulk strings, as on the wire."""
    items = b"".join(b"$%d\r\n%s\r\n" % (len(value), value.encode()) for value in values)
    return b"*%d\r\n%s" % (len(values), items)


# ---------------------------------------------------------------- 6.1


@pytest.mark.exercise(
    "6.1",
    why="A deque that `lookup` has not found is a new one of yours, and nobody sees it until `settle` "
    "puts it under its key.",
)
def test_a_new_list_is_kept(run):
    """The first push makes a list, which is there afterwards."""
    assert run("RPUSH k a") == b":1\r\n"
    assert run("LLEN k") == b":1\r\n"


@pytest.mark.exercise(
    "6.1",
    why="The values go in one after the other: first a before everything, then b before a, then c "
    "before b. So the last one ends up first.",
)
def test_lpush_turns_the_order_around(run):
    """LPUSH k a b c makes the list c, b, a."""
    assert run("LPUSH k a b c", "LPOP k 9") == bulks("c", "b", "a")
    assert run("RPUSH k x", "LPUSH k a b", "LPOP k 9") == bulks("b", "a", "x")


@pytest.mark.exercise(
    "6.1", why="RPUSH puts each value after the last one: the list has the order of the request."
)
def test_rpush_keeps_the_order(run):
    """RPUSH k a b c makes the list a, b, c."""
    assert run("RPUSH k a b c", "LPOP k 9") == bulks("a", "b", "c")
    assert run("LPUSH k x", "RPUSH k a b", "LPOP k 9") == bulks("x", "a", "b")


@pytest.mark.exercise(
    "6.1", why="The reply is the length of the whole list by now, not how many values were pushed."
)
@pytest.mark.parametrize("command", ["LPUSH", "RPUSH"])
def test_the_reply_is_the_new_length(run, command):
    """A push returns the new length of the list."""
    assert run(f"{command} k a") == b":1\r\n"
    assert run(f"{command} k b c d") == b":4\r\n"
    assert run(f"{command} k d") == b":5\r\n"


@pytest.mark.exercise(
    "6.1",
    why="In at one end and out at the other is a queue; in and out at the same end is a stack. Mind "
    "which end is LEFT: the first item.",
)
def test_a_queue_and_a_stack(run):
    """What is pushed left comes out on the right in order, on the left the other way round."""
    assert run("LPUSH q 1", "LPUSH q 2", "LPUSH q 3", "RPOP q 3") == bulks("1", "2", "3")
    assert run("LPUSH s 1", "LPUSH s 2", "LPUSH s 3", "LPOP s 3") == bulks("3", "2", "1")
    assert run("RPUSH q 1", "RPUSH q 2", "LPOP q 2") == bulks("1", "2")


@pytest.mark.exercise(
    "6.1",
    why="An existing list is changed in place. Replacing it by a copy costs more the longer the "
    "list is, and makes it a new key, without its time to live.",
)
@pytest.mark.parametrize("command", ["LPUSH", "RPUSH"])
def test_a_push_changes_the_list_in_place(session, run, command):
    """Only the first push makes a key."""
    run(f"{command} k a", f"{command} k b c d", f"{command} k e")
    assert session.store.doors == ["put k"]


@pytest.mark.exercise(
    "6.1",
    why="A deque grows at both ends without looking at what it holds. `list(items)`, a copy or a loop "
    "over them takes a second if the list has ten million items.",
)
@pytest.mark.parametrize("command", ["LPUSH", "RPUSH"])
def test_a_push_looks_at_no_item(code, session, run, command):
    """A push reads none of the items that are in the list."""
    items = code.labs.s06.CountedDeque([b"o"] * 1000)
    session.store.put(b"k", items)
    before = items.looks.number
    assert run(f"{command} k a b") == b":1002\r\n"
    assert items.looks.number - before == 0


@pytest.mark.exercise(
    "6.1",
    why="A new list for each key. A default that all calls share (`items=deque()` in the def line) "
    "is one and the same list for ever.",
)
def test_two_keys_are_two_lists(run):
    """Lists under two keys share nothing."""
    assert run("RPUSH a 1", "RPUSH b 2") == b":1\r\n"
    assert run("LPOP a 9") == bulks("1")
    assert run("LPOP b 9") == bulks("2")


@pytest.mark.exercise(
    "6.1",
    why="`lookup` refuses a value of another type, and `settle` tells of a change. If you read "
    "with `find` or write with `put`, you bypass both, and a string may be taken for a container.",
)
def test_a_push_goes_through_both_methods(session, run):
    """The list is looked up as a deque, and settled once."""
    run("RPUSH k a", "LPUSH k b c")
    assert set(session.store.asked) == {"k deque"}
    assert list(session.store.settled) == [b"k", b"k"]


@pytest.mark.exercise(
    "6.1",
    why="The values may come from a generator, which can be walked through only once and has no "
    "len().",
)
def test_a_push_walks_once(code, session, run):
    """Values that come from a generator are all taken."""
    assert code.labs.s06.walked_once("push", session.store, b"k", [b"a", b"b"], "LEFT") == 2
    assert run("LLEN k") == b":2\r\n"


@pytest.mark.exercise(
    "6.1",
    why="Clients that wait for the key hear of it through `settle`: call it at every push, even "
    "if the list existed before, and once for all values of a request.",
)
@pytest.mark.parametrize("command", ["LPUSH", "RPUSH"])
def test_each_push_is_told_once(session, run, command):
    """Observers hear of a new list and of one that has grown, once per command."""
    run(f"{command} k a", f"{command} k b c d", f"{command} k e")
    assert session.store.told == [b"k", b"k", b"k"]


# ---------------------------------------------------------------- 6.2


@pytest.mark.exercise(
    "6.2",
    why="Redis counts from the end with -1 for the last item, and both ends belong to the range. The "
    "second end of a Python slice does not, and a slice takes -1 + 1 for the beginning.",
)
@pytest.mark.parametrize(
    ("start", "stop", "bounds"),
    [
        (0, 2, (0, 3)),
        (1, 1, (1, 2)),
        (0, 4, (0, 5)),
        (0, -1, (0, 5)),
        (-2, -1, (3, 5)),
        (-5, -5, (0, 1)),
        (2, -2, (2, 4)),
        (-3, 3, (2, 4)),
    ],
)
def test_a_range_inside_the_list(code, start, stop, bounds):
    """Both ends belong to the range, and negative positions count from the end."""
    assert tuple(code.s06.slice_bounds(start, stop, 5)) == bounds


@pytest.mark.exercise(
    "6.2",
    why="A position outside the list is moved to its end, never around it: -100 in a list of 5 means "
    "the first item.",
)
@pytest.mark.parametrize(
    ("start", "stop", "bounds"),
    [
        (-100, 1, (0, 2)),
        (3, 100, (3, 5)),
        (-100, 100, (0, 5)),
        (-6, -5, (0, 1)),
        (-(2**63), 2**63 - 1, (0, 5)),
    ],
)
def test_a_range_that_reaches_beyond(code, start, stop, bounds):
    """Positions beyond the list are cut at its ends."""
    assert tuple(code.s06.slice_bounds(start, stop, 5)) == bounds


@pytest.mark.exercise(
    "6.2",
    why="An empty range is (0, 0). Two positions the wrong way round would do for a slice; LTRIM and "
    "ZREMRANGEBYRANK count with them, and a negative one would count from the end.",
)
@pytest.mark.parametrize(
    ("start", "stop", "length"),
    [
        *[(3, 1, 5), (-1, 0, 5), (5, 9, 5), (-100, -6, 5), (0, -6, 5), (100, -1, 5), (1, 0, 5)],
        *[(0, -1, 0), (0, 0, 0), (-1, -1, 0)],
    ],
)
def test_an_empty_range(code, start, stop, length):
    """A range without items is (0, 0)."""
    assert tuple(code.s06.slice_bounds(start, stop, length)) == (0, 0)


@pytest.mark.exercise(
    "6.2",
    why="Compare with the items that lie between the two ends, one by one: the first case below that "
    "differs is the smallest. Think of the empty list, and of an end that lies outside.",
)
def test_every_range_of_short_lists(code):
    """All ranges of lists with up to four items hold the items between their two ends."""
    for length in range(5):
        items = list(range(length))
        for start in range(-6, 7):
            for stop in range(-6, 7):
                low = start + length if start < 0 else start
                high = stop + length if stop < 0 else stop
                inside = [item for item in items if low <= item <= high]
                bounds = (inside[0], inside[-1] + 1) if inside else (0, 0)
                assert tuple(code.s06.slice_bounds(start, stop, length)) == bounds


@pytest.mark.exercise(
    "6.2",
    why="Two positions and a length are enough to compute with. A list or a loop with an entry for "
    "each position takes longer, the longer the list is.",
)
def test_the_length_costs_nothing(code):
    """The range of a list longer than any memory."""
    length = 10**18
    assert tuple(code.s06.slice_bounds(-3, -2, length)) == (length - 3, length - 1)
    assert tuple(code.s06.slice_bounds(1, -1, length)) == (1, length)


@pytest.mark.exercise(
    "6.2", why="LRANGE, LTRIM, ZRANGE and ZREMRANGEBYRANK all use these two positions."
)
def test_the_commands_that_name_ranges(run):
    """Lists and sorted sets count their positions in the same way."""
    run("RPUSH k a b c d", "ZADD z 1 a 2 b 3 c 4 d")
    assert run("LRANGE k -3 -2") == bulks("b", "c")
    assert run("ZRANGE z -3 -2") == bulks("b", "c")
    assert run("ZREVRANGE z 0 1") == bulks("d", "c")
    assert run("LTRIM k 1 -1", "LRANGE k 0 -1") == bulks("b", "c", "d")
    assert run("ZREMRANGEBYRANK z 1 -2", "ZRANGE z 0 -1") == bulks("a", "d")
