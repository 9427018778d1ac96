"""What is given: replies of their own, their shapes in both protocols, and what a journal keeps."""

from __future__ import annotations

import pytest

FILL = ["SADD s a b", "RPUSH l a b", "HSET h f v g w", "ZADD z 1 a 2.5 b", "SADD one a"]


@pytest.mark.parametrize(
    ("request_line", "again"),
    [
        *[(line, line) for line in ("LRANGE l 0 -1", "SMEMBERS s", "HGETALL h", "ZRANGE z 0 -1")],
        *[(f"{name} s", "SMEMBERS s") for name in ("SUNION", "SINTER", "SDIFF")],
        *[(line, line) for line in ("HKEYS h", "HVALS h", "ZRANGE z 0 -1 WITHSCORES")],
        *[(line, line) for line in ("ZUNION 1 z", "ZRANGEBYSCORE z -inf inf", "SORT l ALPHA")],
        ("SRANDMEMBER s 2", "SMEMBERS s"),
    ],
)
def test_a_reply_is_a_copy(session, run, request_line, again):
    """Whatever happens to a reply, the value under the key stays as it is."""
    run(*FILL)
    before = run(again)
    reply = session.answer(request_line.encode().split())
    assert len(reply) >= 2
    reply.clear()
    assert run(again) == before


# recorded from redis-server 7.0.15, after HELLO 3
RESP3 = [
    ("SMEMBERS one", rb"~1\r\n$1\r\na\r\n"),
    ("SUNION one none", rb"~1\r\n$1\r\na\r\n"),
    ("SPOP none 5", rb"~0\r\n"),
    ("SRANDMEMBER one 2", rb"*1\r\n$1\r\na\r\n"),
    ("SMISMEMBER one a x", rb"*2\r\n:1\r\n:0\r\n"),
    ("HSET h1 f v", rb":1\r\n"),
    ("HGETALL h1", rb"%1\r\n$1\r\nf\r\n$1\r\nv\r\n"),
    ("HGETALL none", rb"%0\r\n"),
    ("HRANDFIELD h1 1 WITHVALUES", rb"*1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"),
    ("HGET none f", rb"_\r\n"),
    ("ZSCORE z b", rb",2.5\r\n"),
    ("ZMSCORE z a none", rb"*2\r\n,1\r\n_\r\n"),
    ("ZINCRBY z 1 b", rb",3.5\r\n"),
    ("ZADD z INCR 1 b", rb",4.5\r\n"),
    ("ZADD z XX INCR 1 c", rb"_\r\n"),
    ("ZRANGE z 0 -1", rb"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
    ("ZRANGE z 0 0 WITHSCORES", rb"*1\r\n*2\r\n$1\r\na\r\n,1\r\n"),
    ("ZRANGEBYSCORE z -inf 1 WITHSCORES", rb"*1\r\n*2\r\n$1\r\na\r\n,1\r\n"),
    ("ZUNION 1 z WITHSCORES", rb"*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,4.5\r\n"),
    ("ZPOPMAX z", rb"*2\r\n$1\r\nb\r\n,4.5\r\n"),
    ("ZPOPMIN z 1", rb"*1\r\n*2\r\n$1\r\na\r\n,1\r\n"),
    ("ZMPOP 1 none MIN", rb"_\r\n"),
    ("LPOP none", rb"_\r\n"),
    ("LPOP none 1", rb"_\r\n"),
    ("LMPOP 1 none LEFT", rb"_\r\n"),
    ("ZRANK none a", rb"_\r\n"),
    ("SORT one ALPHA GET # GET none_*", rb"*2\r\n$1\r\na\r\n_\r\n"),
]


def test_shapes_of_resp3(session, run):
    """In RESP3 sets are sets, hashes maps, scores doubles, and pairs are nested."""
    run(*FILL)
    session.protocol = 3
    for line, reply in RESP3:
        assert run(line) == reply.replace(rb"\r\n", b"\r\n"), line


def effects(code, session, line):
    """What a journal keeps of a request that has just run."""
    request = line.encode().split()
    command = session.parse(request)
    return command.effects(command.execute(session))


def test_what_a_journal_keeps(code, session, run):
    """Results that depend on chance, or on a machine's digits, are journaled as results."""
    run(*FILL)
    assert effects(code, session, "SPOP one") == [[b"SREM", b"one", b"a"]]
    assert effects(code, session, "SPOP one") == []
    [kept] = effects(code, session, "SPOP s 5")
    assert [kept[:2], sorted(kept[2:])] == [[b"SREM", b"s"], [b"a", b"b"]]
    assert effects(code, session, "SPOP s 5") == []
    assert effects(code, session, "HINCRBYFLOAT h n 0.1") == [[b"HSET", b"h", b"n", b"0.1"]]
    assert effects(code, session, "LPOP l") == [[b"LPOP", b"l"]]


@pytest.mark.parametrize("line", ["SRANDMEMBER s", "HRANDFIELD h", "ZRANDMEMBER z"])
def test_a_random_choice_has_an_end(run, line):
    """A reply that would fill all memory is refused."""
    run(*FILL)
    assert run(f"{line} -4000000000000000000").startswith(b"-ERR value is out of range")
    assert run(f"{line} -3").startswith(b"*3\r\n")


def test_all_members_come_up(run):
    """Sooner or later a random choice returns every member, of a small set and a large one."""
    for size in (5, 300):
        members = {b"%d" % number for number in range(size)}
        run(f"SADD k{size} " + " ".join(map(str, range(size))))
        popped = {run(f"SPOP k{size}").split(b"\r\n")[1] for _ in range(size)}
        assert popped == members
        assert run(f"EXISTS k{size}") == b":0\r\n"
