"""Exercises 6.3 and 6.4: members, and what sets have in common."""

from __future__ import annotations

import pytest

# ---------------------------------------------------------------- 6.3


@pytest.mark.exercise(
    "6.3",
    why="A set that `lookup` has not found is a new one of yours, and nobody sees it until `settle` "
    "puts it under its key.",
)
def test_a_new_set_is_kept(run):
    """The first SADD makes a set, which is there afterwards."""
    assert run("SADD k a") == b":1\r\n"
    assert run("SCARD k") == b":1\r\n"


@pytest.mark.exercise(
    "6.3",
    why="Only members that were not in the set count. A member that the request names twice is "
    "new once: see how much the set has grown.",
)
def test_only_new_members_count(run):
    """SADD counts each new member once."""
    assert run("SADD k a b c") == b":3\r\n"
    assert run("SADD k b c d") == b":1\r\n"
    assert run("SADD k e e e") == b":1\r\n"
    assert run("SADD k a b") == b":0\r\n"
    assert run("SCARD k") == b":5\r\n"


@pytest.mark.exercise(
    "6.3",
    why="settle tells watchers, blocked clients and the journal. Call it when the set has changed, "
    "and only then.",
)
def test_only_a_change_is_told(session, run):
    """A SADD that adds nothing notifies no observer; one that adds something notifies once."""
    run("SADD k a b", "SADD k a", "SADD k b b", "SADD k c d")
    assert session.store.told == [b"k", b"k"]


@pytest.mark.exercise(
    "6.3",
    why="`lookup` refuses a value of another type, and `settle` tells of a change. If you read "
    "with `find` or write with `put`, you bypass both, and a string may be taken for a container.",
)
def test_adding_goes_through_both_methods(session, run):
    """The set is looked up as a set, and settled once."""
    run("SADD k a", "SADD k b c")
    assert set(session.store.asked) == {"k set"}
    assert list(session.store.settled) == [b"k", b"k"]


@pytest.mark.exercise(
    "6.3",
    why="The members may come from a generator, which can be walked through only once and has no "
    "len().",
)
def test_adding_walks_once(code, session, run):
    """Members that come from a generator are all taken."""
    assert code.labs.s06.walked_once("add_members", session.store, b"k", [b"a", b"b", b"a"]) == 2
    assert run("SCARD k") == b":2\r\n"


@pytest.mark.exercise(
    "6.3", why="An existing set is changed in place; only the first SADD makes a key."
)
def test_a_set_grows_in_place(session, run):
    """Adding to a set makes no new key."""
    run("SADD k a", "SADD k b", "SADD k c")
    assert session.store.doors == ["put k"]
    assert run("SMISMEMBER k a b c d") == b"*4\r\n:1\r\n:1\r\n:1\r\n:0\r\n"


@pytest.mark.exercise(
    "6.3", why="Members are bytes as they came: 1, 01 and 1.0 are three, and so are a and A."
)
def test_members_are_bytes(code, session):
    """Members that differ in a byte are different members."""
    keyspace = session.store
    members = [b"1", b"01", b"1.0", b"", b"a", b"A", b"\r\n", b"\xff"]
    assert code.s06.add_members(keyspace, b"k", members) == 8
    assert code.s06.add_members(keyspace, b"k", list(reversed(members))) == 0


# ---------------------------------------------------------------- 6.4

A = {b"1", b"2", b"3", b"4"}
B = {b"3", b"4", b"5"}
C = {b"4", b"6"}


@pytest.mark.exercise(
    "6.4",
    why="UNION: in any. INTER: in all. DIFF: in the first and in none of the others; the order of "
    "the first two matters there.",
)
@pytest.mark.parametrize(
    ("operation", "sets", "expected"),
    [
        ("UNION", [A, B], {b"1", b"2", b"3", b"4", b"5"}),
        ("UNION", [A, B, C], {b"1", b"2", b"3", b"4", b"5", b"6"}),
        ("INTER", [A, B], {b"3", b"4"}),
        ("INTER", [A, B, C], {b"4"}),
        ("DIFF", [A, B], {b"1", b"2"}),
        ("DIFF", [B, A], {b"5"}),
        ("DIFF", [A, B, C], {b"1", b"2"}),
        ("DIFF", [A, A], set()),
        *[(operation, [A], A) for operation in ("UNION", "INTER", "DIFF")],
    ],
)
def test_three_operations(code, operation, sets, expected):
    """Union, intersection and difference of one set, two and three."""
    assert code.s06.algebra(operation, [set(one) for one in sets]) == expected


@pytest.mark.exercise(
    "6.4",
    why="`sets` belongs to the caller. `sets.pop(0)` takes the first set out of it; "
    "`first, *others = sets` makes a list of your own.",
)
@pytest.mark.parametrize("operation", ["UNION", "INTER", "DIFF"])
def test_the_list_of_sets_stays_as_it_is(code, operation):
    """The sequence of sets is the same afterwards, and it need not be a list."""
    sets = [set(A), set(B), set(C)]
    code.s06.algebra(operation, sets)
    assert sets == [A, B, C]
    assert code.s06.algebra(operation, (A, A)) == (set() if operation == "DIFF" else A)


@pytest.mark.exercise(
    "6.4",
    why="A missing key is an empty set. Nothing is in an empty set, so nothing is in all of them, "
    "wherever the empty one comes. Leaving it out would make it a set of everything.",
)
@pytest.mark.parametrize("sets", [[set(), A, B], [A, set(), B], [A, B, set()], [set()]])
def test_an_intersection_with_nothing_is_empty(code, sets):
    """An intersection with an empty set is empty, in any order."""
    assert code.s06.algebra("INTER", [set(one) for one in sets]) == set()


@pytest.mark.exercise("6.4", why="An empty set adds nothing to a union and takes nothing away.")
def test_empty_sets_in_the_others(code):
    """Union and difference with empty sets."""
    assert code.s06.algebra("UNION", [set(), set(A), set()]) == A
    assert code.s06.algebra("UNION", [set(), set()]) == set()
    assert code.s06.algebra("DIFF", [set(A), set()]) == A
    assert code.s06.algebra("DIFF", [set(), set(A)]) == set()


@pytest.mark.exercise(
    "6.4",
    why="The result is a set of its own. If it is the stored one, SUNIONSTORE puts the same set "
    "under two keys, and a member added to one is also in the other.",
)
@pytest.mark.parametrize("command", ["SUNIONSTORE", "SINTERSTORE", "SDIFFSTORE"])
def test_a_result_is_a_set_of_its_own(run, command):
    """A member added to a stored result does not appear in the set that it came from."""
    assert run("SADD k a", f"{command} copy k", "SADD copy b", "SISMEMBER k b") == b":0\r\n"
    assert run("SCARD copy") == b":2\r\n"


@pytest.mark.exercise(
    "6.4",
    why="The sets that are read stay as they are. `first &= other`, `update` and the like write "
    "into the set on their left, which is the stored one.",
)
@pytest.mark.parametrize(("command", "size"), [("SUNION", 3), ("SINTER", 1), ("SDIFF", 1)])
def test_the_inputs_stay_as_they_are(session, run, command, size):
    """Reading sets together changes none of them."""
    assert run("SADD a 1 2", "SADD b 2 3", f"{command} a b", "SCARD a") == b":2\r\n"
    assert run("SCARD b") == b":2\r\n"
    assert run(f"{command} a b").startswith(b"*%d\r\n" % size)
    assert session.store.told == [b"a", b"b"]
