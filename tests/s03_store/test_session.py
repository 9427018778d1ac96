"""Exercise 3.6: many commands in one read, all replies in order."""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture
def session(code):
    """A session over a store of its own."""
    return code.s03.StoreSession(code.s03.State())


ORDER_WHY = (
    "Nothing on the wire says which reply belongs to which request: the order does. The first "
    "reply is for the first request."
)


@pytest.mark.exercise(
    "3.6", why="Bytes go in, the parser turns them into requests, replies come out."
)
def test_a_request_is_answered(session):
    """A request gets its reply."""
    assert session.receive(b"*1\r\n$4\r\nPING\r\n") == b"+PONG\r\n"
    assert session.receive(b"SET k v\r\n") == b"+OK\r\n"
    assert session.receive(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n") == b"$1\r\nv\r\n"


@pytest.mark.exercise(
    "3.6",
    why="One read may bring many requests. Answer all of them now: a client that has sent its last "
    "request sends nothing more, and would wait for ever for the replies left behind.",
)
def test_all_requests_of_a_read(session):
    """All requests that come in one read are answered at once."""
    assert session.receive(b"PING\r\n" * 100) == b"+PONG\r\n" * 100


@pytest.mark.exercise(
    "3.6",
    why="`replies += reply`, or any other way to make new bytes of those so far, copies "
    "everything for each reply, so a long pipeline takes quadratic time. Collect the replies in a "
    "list and join them once.",
)
def test_a_long_batch_is_copied_once(code, seed):
    """However many replies there are, their bytes are copied a few times at most."""
    requests, length = 500 + seed % 500, 100 + seed % 77
    assert code.labs.s03.copied_by_receive(requests, length) <= 3 * requests * length


@pytest.mark.exercise(
    "3.6",
    why="`popleft` takes the first request and leaves the others where they are. A copy of the "
    "queue for each request, such as `list(...)[1:]`, makes a long batch quadratic.",
)
def test_the_queue_is_not_copied_for_each_request(code):
    """However many requests there are, the queue is walked through a few times at most."""
    assert code.labs.s03.walked_by_receive(200) <= 3 * 200


@pytest.mark.exercise(
    "3.6",
    why="`self.reply` is the boundary: it makes a reply of an exception, and counts what is to be "
    "sent, so that a session pauses before a few requests fill the memory. Whoever runs and "
    "encodes commands another way goes past both.",
)
def test_every_request_goes_through_reply(code):
    """What comes out are the bytes that `reply` makes of each request."""
    assert code.labs.s03.WordySession(7).receive(b"PING\r\n" * 3) == b"x" * 21


@pytest.mark.exercise(
    "3.6",
    why="The replies go out as bytes. A bytearray is a good place to collect them: return "
    "`bytes(...)` of it.",
)
def test_the_replies_are_bytes(code):
    """What comes out is bytes, not a bytearray."""
    assert code.labs.s03.type_of_replies(b"PING\r\n") == "bytes"


@pytest.mark.exercise("3.6", why=ORDER_WHY)
def test_replies_in_order(session):
    """Replies come in the order of the requests."""
    requests = b"".join(b"SET k%d v%d\r\nGET k%d\r\n" % (n, n, n) for n in range(10))
    replies = b"".join(b"+OK\r\n$2\r\nv%d\r\n" % n for n in range(10))
    assert session.receive(requests) == replies


@pytest.mark.exercise(
    "3.6",
    why="Requests are carried out in their order too, each on what the one before it has left: "
    "answering GETs first, or the last first, gives other values.",
)
def test_each_request_sees_the_one_before(session):
    """A request sees what the one before it has done."""
    assert session.receive(b"GET n\r\nINCR n\r\nINCR n\r\nGET n\r\nDEL n\r\nGET n\r\n") == (
        b"$-1\r\n:1\r\n:2\r\n$1\r\n2\r\n:1\r\n$-1\r\n"
    )


@pytest.mark.exercise(
    "3.6", why="Half a request gets no reply; the parser keeps it for the next call."
)
def test_half_a_request(session):
    """Half a request is answered when the other half has come."""
    assert session.receive(b"PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhel") == b"+PONG\r\n"
    assert session.receive(b"") == b""
    assert session.receive(b"lo\r\nPI") == b"$5\r\nhello\r\n"
    assert session.receive(b"NG\r\n") == b"+PONG\r\n"


@pytest.mark.exercise("3.6", why=ORDER_WHY)
def test_any_cut(code, cuts):
    """However the bytes are cut, the same replies come."""
    talk = (
        b"SET k 'a b'\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nINCR k\r\n\r\nINCR n\r\nnope\r\nDEL k n\r\n"
    )
    replies = (
        b"+OK\r\n$3\r\na b\r\n-ERR value is not an integer or out of range\r\n:1\r\n"
        b"-ERR unknown command 'nope', or the wrong number of arguments for it\r\n:2\r\n"
    )
    for pieces in cuts(talk):
        session = code.s03.StoreSession(code.s03.State())
        assert b"".join([session.receive(piece) for piece in pieces]) == replies, pieces
        assert not session.closing


@pytest.mark.exercise(
    "3.6",
    why="A command that goes wrong is one error among the replies. The session goes on with the "
    "next request: if you stop here, replies are missing, and from then on each reply seems to "
    "answer another request.",
)
def test_an_error_is_one_reply(session):
    """After a command that went wrong the next ones are answered."""
    assert session.receive(b"SET k x\r\nINCR k\r\nSET k 1 NX XX\r\nGET k\r\n") == (
        b"+OK\r\n-ERR value is not an integer or out of range\r\n-ERR syntax error\r\n$1\r\nx\r\n"
    )
    assert session.receive(b"PING\r\n") == b"+PONG\r\n"
    assert not session.closing


@pytest.mark.exercise(
    "3.6",
    why="Requests before the bad bytes were good, and are answered first. Then comes the error, "
    "once, and it is the last reply: `self.close()` sees to that, `self.closing = True` alone "
    "does not.",
)
def test_bad_bytes(session):
    """Bad bytes get an error after the replies before them, and the session closes."""
    assert session.receive(b"SET k v\r\nGET k\r\n*x\r\nPING\r\n") == (
        b"+OK\r\n$1\r\nv\r\n-ERR Protocol error: invalid multibulk length\r\n"
    )
    assert session.closing
    assert session.receive(b"PING\r\n") == b""


@pytest.mark.exercise(
    "3.6", why="A session that has an error closes, even if no request came before it."
)
def test_nothing_but_bad_bytes(session):
    """Bad bytes alone get the error, once."""
    assert session.receive(b"*1\r\nPING\r\n") == b"-ERR Protocol error: expected '$', got 'P'\r\n"
    assert session.closing
    assert session.receive(b"") == b""


@pytest.mark.exercise(
    "3.6",
    why="QUIT pauses the session by close(). Requests after it in the same read are not carried "
    "out: the client has said that it is done.",
)
def test_nothing_after_quit(code):
    """Nothing after QUIT is answered or carried out."""
    state = code.s03.State()
    session = code.s03.StoreSession(state)
    assert session.receive(b"SET k 1\r\nQUIT\r\nSET k 2\r\nPING\r\n") == b"+OK\r\n+OK\r\n"
    assert session.closing
    assert session.receive(b"PING\r\n*x\r\n") == b""
    assert code.s03.StoreSession(state).receive(b"GET k\r\n") == b"$1\r\n1\r\n"


@pytest.mark.exercise(
    "3.6",
    why="A session may be paused in the middle of a batch; in step 10 a waiting command does "
    "this. Requests that are left have to stay in self.requests: in a local variable they are gone "
    "when the function returns.",
)
def test_a_pause_loses_nothing(code):
    """Requests after a pause are kept, in order, and answered when it ends."""
    session = code.labs.s03.PatientSession(code.s03.State())
    assert session.receive(b"SET k 1\r\nWAIT\r\nGET k\r\nINCR k\r\n") == b"+OK\r\n+OK\r\n"
    assert session.receive(b"PING\r\nGET") == b""
    assert session.receive(b" k\r\n") == b""
    assert session.go_on() == b"$1\r\n1\r\n:2\r\n+PONG\r\n$1\r\n2\r\n"
    assert session.go_on() == b""


@pytest.mark.exercise(
    "3.6",
    why="An error of the protocol is the last reply, so it has to wait for the requests that are "
    "still waiting. Sent during the pause, it would be taken for the reply to one of them.",
)
def test_an_error_waits_for_its_turn(code):
    """Bad bytes after a pause are answered when it ends, and last."""
    session = code.labs.s03.PatientSession(code.s03.State())
    assert session.receive(b"WAIT\r\nPING\r\n*x\r\n") == b"+OK\r\n"
    assert not session.closing
    assert session.go_on() == b"+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"
    assert session.closing


@pytest.mark.exercise(
    "3.6",
    why="Two sessions share the store. Each has its own requests and half requests.",
)
def test_two_sessions(code):
    """Two sessions share the store, and nothing else."""
    state = code.s03.State()
    one, other = code.s03.StoreSession(state), code.s03.StoreSession(state)
    assert one.receive(b"SET k v\r\nGE") == b"+OK\r\n"
    assert other.receive(b"GET k\r\nQUIT\r\n") == b"$1\r\nv\r\n+OK\r\n"
    assert one.receive(b"T k\r\n") == b"$1\r\nv\r\n"
    assert not one.closing


@pytest.mark.exercise(
    "3.6",
    why="Over the wire it is the same: all replies to one packet come back, in order, and after "
    "QUIT the connection ends.",
)
def test_a_pipeline_over_the_wire(server):
    """A client sends a hundred requests without waiting, and gets a hundred replies."""
    client = server(3).client()
    client.send(b"".join(b"SET k%d %d\r\nINCR k%d\r\n" % (n, n, n) for n in range(100)))
    client.expect(b"".join(b"+OK\r\n:%d\r\n" % (n + 1) for n in range(100)))
    client.send(b"QUIT\r\nPING\r\n")
    client.expect(b"+OK\r\n")
    assert client.closed()


# ---------------------------------------------------------------- what is given


def test_the_store_outlives_its_clients(server):
    """What one client has kept, the next one finds."""
    store = server(3)
    with store.client() as client:
        assert client.ask("SET", "k", "v") == b"OK"
    with store.client() as client:
        assert client.ask("GET", "k") == b"v"
    assert store.stop() == 0
    assert store.stderr() == ""


def test_redis_cli_can_talk_to_it(server, program):
    """redis-cli sends commands and shows their replies."""

    port = str(server(3).port)
    for words, shown in (
        (["set", "k", "two words"], "OK"),
        (["get", "k"], '"two words"'),
        (["get", "nothing"], "(nil)"),
        (["del", "k", "nothing"], "(integer) 1"),
        (["incrby", "n", "x"], "(error) ERR value is not an integer or out of range"),
    ):
        told = subprocess.run(
            [program("redis-cli", "redis-tools"), "--no-raw", "-p", port, *words],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        assert told.stdout.strip() == shown
