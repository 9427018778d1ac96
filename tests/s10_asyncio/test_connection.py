"""Exercise 10.1: the life of a connection."""

from __future__ import annotations

import pytest

BEGUN = ["welcome"]


@pytest.mark.exercise(
    "10.1",
    why="The session may write at once, to refuse a client, and it does so through the transport: keep "
    "that first, and then ask for the session.",
)
def test_the_beginning(code):
    """The client is there: the session is made with the transport in place, and nothing is sent."""
    seen = code.labs.s10.live()
    assert (seen["notes"], seen["gone"], seen["timer"]) == (BEGUN, False, "runs")


@pytest.mark.exercise(
    "10.1",
    why="The session has made one bytes object of all replies. A write for each of them is a system "
    "call for each: a pipeline of sixteen commands would be hardly faster than sixteen round trips.",
)
def test_a_batch_is_one_write(code):
    """Three requests in one piece are received at once, and answered by one write."""
    seen = code.labs.s10.live(b"PING\r\n" * 3, replies=b"+PONG\r\n" * 3)
    assert seen["notes"] == [
        *BEGUN,
        "receive PING\r\nPING\r\nPING",
        "write +PONG\r\n+PONG\r\n+PONG",
    ]


@pytest.mark.exercise(
    "10.1",
    why="Half a command has no reply yet. That is no reason to send anything or to hang up.",
)
def test_nothing_to_say(code):
    """If the session has nothing to send, the transport is not called."""
    assert code.labs.s10.live(b"PI")["notes"] == [*BEGUN, "receive PI"]


@pytest.mark.exercise(
    "10.1",
    why="`self.arrived` and `self.send` count the bytes, for INFO. What bypasses them is not "
    "counted, and a client whose bytes don't go through `arrived` seems to be idle.",
)
def test_what_comes_and_goes_is_counted(code):
    """The bytes of each piece and of each reply are counted."""
    seen = code.labs.s10.live(b"PING\r\n", b"PING\r\n", replies=b"+PONG\r\n")
    assert list(seen["counted"]) == [12, 14]


@pytest.mark.exercise(
    "10.1",
    why="`close` waits until what is written has gone out; `abort` throws it away, and the client "
    "never learns whether its last commands were done.",
)
def test_the_last_reply_goes_out(code):
    """A session that is closing: its reply is written, then the transport is closed."""
    seen = code.labs.s10.live(b"QUIT\r\n", replies=b"+OK\r\n", then="closing")
    assert seen["notes"] == [*BEGUN, "receive QUIT", "write +OK", "close"]


@pytest.mark.exercise(
    "10.1",
    why="A session can be closing without a last word. Check `closing` whether there are replies "
    "or not.",
)
def test_closing_without_a_word(code):
    """A session that is closing and has nothing to send is still hung up on."""
    seen = code.labs.s10.live(b"QUIT\r\n", then="closing")
    assert seen["notes"] == [*BEGUN, "receive QUIT", "close"]


@pytest.mark.exercise(
    "10.1",
    why="While a session waits (BLPOP), its requests pile up in memory. `regulate` decides "
    "whether the server reads on, and this is the moment to call it.",
)
def test_a_paused_session_is_regulated(code):
    """A session that is paused after the bytes: its replies go out, then `regulate`."""
    data = b"PING\r\nBLPOP k 0\r\n"
    seen = code.labs.s10.live(data, replies=b"+PONG\r\n", then="paused")
    assert seen["notes"] == [*BEGUN, "receive PING\r\nBLPOP k 0", "write +PONG", "regulate"]


@pytest.mark.exercise(
    "10.1",
    why="All clients share this thread. An exception that leaves `data_received` is asyncio's to deal "
    "with, which knows nothing of sessions: `self.fail` tells the client, or the log.",
)
def test_a_bug_ends_one_client(code):
    """The session raises an exception: it goes to `fail`, and nowhere else."""
    assert code.labs.s10.live(b"PING\r\n", fails="bug")["notes"] == [
        *BEGUN,
        "receive PING",
        "fail a bug",
    ]


@pytest.mark.exercise(
    "10.1", why="An attacker gets no reply, and no time: `abort`, not `close`, and no `fail`."
)
def test_an_attack_is_cut_off(code):
    """A CrossProtocolAttack: the transport is aborted, without a word."""
    seen = code.labs.s10.live(b"POST / HTTP/1.1\r\n", fails="attack")
    assert seen["notes"] == [*BEGUN, "receive POST / HTTP/1.1", "abort"]


@pytest.mark.exercise(
    "10.1",
    why="asyncio closes the transport after `eof_received`, replies or not, unless it returns a true "
    "value. The session hangs up by itself once all is answered.",
)
def test_the_client_sends_nothing_more(code):
    """The end of what the client sends: the session hangs up, and the transport stays open."""
    seen = code.labs.s10.live("eof")
    assert seen["notes"] == [*BEGUN, "hang_up"]
    assert seen["stays open"] == [True]


@pytest.mark.exercise(
    "10.1",
    why="What is kept for a client that is gone is kept for ever: subscriptions, watched keys, a place "
    "in a waiting list, a timer that fires for a connection that is not there.",
)
def test_the_end(code):
    """The connection is lost: the session leaves, the timer is cancelled, nothing is written."""
    seen = code.labs.s10.live("lost")
    assert seen["notes"] == [*BEGUN, "leave"]
    assert (seen["gone"], seen["timer"]) == (True, "cancelled")


@pytest.mark.exercise(
    "10.1",
    why="A connection moves bytes. Where one command ends and the next begins, TCP does not know: "
    "only the parser in the session does.",
)
def test_any_cut_of_the_bytes(server, cuts):
    """However a pipeline is cut, the replies are the same."""
    store = server("s10")
    batch = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\nbc\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n"
    for pieces in cuts(batch):
        client = store.client()
        for piece in pieces:
            client.send(piece)
        client.expect(b"+OK\r\n$5\r\na\r\nbc\r\n+PONG\r\n")
        client.close()


@pytest.mark.exercise(
    "10.1",
    why="All replies to a batch go out, in the order of the requests, however many they are.",
)
def test_a_pipeline_over_the_wire(server):
    """Thirty thousand commands, typed and coded ones, in one piece: all replies, in order."""
    client = server("s10").client()
    client.send(b"INCR n\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\nINCR n\r\n" * 10_000)
    client.expect(b"".join(b":%d\r\n" % number for number in range(1, 30_001)))


@pytest.mark.exercise(
    "10.1",
    why="One loop serves all. A client that is silent, or stops in the middle of a word, costs "
    "the others nothing, as long as no method waits.",
)
def test_nobody_waits_for_a_slow_client(server):
    """A client that stops halfway holds up no other, and is answered when it goes on."""
    store = server("s10")
    halfway, other = store.client(), store.client()
    halfway.send(b"*1\r\n$4\r\nPI")
    for number in range(10):
        assert other.ask("INCR", "n") == number + 1
    halfway.send(b"NG\r\n")
    halfway.expect(b"+PONG\r\n")


@pytest.mark.exercise(
    "10.1",
    why="QUIT comes while much is still to be sent. `abort` would throw it away, and so would a "
    "`close` of the socket itself.",
)
def test_quit_waits_for_the_replies(server, swallow):
    """QUIT right after a request for 16 MB: all of it comes, then OK, then the end."""
    client = server("s10").client()
    value = bytes(range(256)) * 65536
    assert client.ask("SET", "k", value) == b"OK"
    client.send(b"GET k\r\nQUIT\r\nPING\r\n")
    swallow(client, b"$%d\r\n%b\r\n+OK\r\n" % (len(value), value))
    assert client.closed()


@pytest.mark.exercise(
    "10.1", why="Bytes that cannot be parsed are answered once, and then the session is closing."
)
def test_bytes_that_are_no_command(server):
    """Bytes that are not RESP: the replies before them, an error, the end; others go on."""
    store = server("s10")
    client, other = store.client(), store.client()
    client.send(b"PING\r\n*1\r\nPING\r\n")
    client.expect(b"+PONG\r\n-ERR Protocol error: expected '$', got 'P'\r\n")
    assert client.closed()
    assert other.ask("PING") == b"PONG"


@pytest.mark.exercise(
    "10.1",
    why="A client may say that nothing more comes from it and still wait for its replies: send what "
    "there is, then close.",
)
def test_a_half_closed_connection(server):
    """A client that sends its last request and shuts its side down still gets the reply."""
    client = server("s10").client()
    client.send(b"ECHO hello\r\n")
    client.finish()
    client.expect(b"$5\r\nhello\r\n")
    assert client.closed()


@pytest.mark.exercise(
    "10.1",
    why="The loop tells you when a connection ends, even if the client breaks it without a word. "
    "A session that has not left counts towards the limit of clients for ever.",
)
def test_who_is_gone_is_forgotten(server, until):
    """Clients that quit, hang up or break their connection are not listed any more."""
    store = server("s10")
    stays, *others = (store.client() for _ in range(4))
    assert [client.ask("PING") for client in others] == [b"PONG"] * 3
    assert stays.ask("CLIENT", "LIST").count(b"\n") == 4
    others[0].ask("QUIT")
    others[1].finish()
    others[2].ask("SUBSCRIBE", "news")
    others[2].abort()
    until(stays, "CLIENT", "LIST", good=lambda reply: reply.count(b"\n") == 1)
    assert stays.ask("PUBSUB", "CHANNELS") == []
