"""Exercise 8.5: a load generator that sends many requests in one packet, and counts what comes."""

from __future__ import annotations

import socket
import threading

import pytest

PING = b"PING\r\n"
PONG = b"+PONG\r\n"
ERROR = b"-ERR no\r\n"


@pytest.mark.exercise(
    "8.5",
    why="Pipelining means sending several requests at once, then reading their replies. One "
    "request, one reply, and so on, measures the network and not the server.",
)
def test_requests_go_out_in_batches(code):
    """Ten requests, four at a time, are three packets: of four, four and two."""
    played = code.labs.s08.rehearse([[PONG * 4], [PONG * 4], [PONG * 2]], PING, 10, 4)
    assert played.sent == [PING * 4, PING * 4, PING * 2]
    assert len(played.latencies) == 10


@pytest.mark.exercise("8.5", why="A pipeline of 1 is the ordinary way: request, reply, request.")
def test_one_at_a_time(code):
    """With a pipeline of 1 each request waits for the reply to the one before."""
    played = code.labs.s08.rehearse([[PONG], [PONG], [PONG]], PING, 3, 1)
    assert played.sent == [PING] * 3
    assert played.latencies == [2, 2, 2]


@pytest.mark.exercise(
    "8.5",
    why="With a pipeline longer than the run there is one batch, and it is as long as the run.",
)
def test_a_pipeline_longer_than_the_run(code):
    """Three requests with a pipeline of 100 are one packet of three."""
    played = code.labs.s08.rehearse([[PONG * 3]], PING, 3, 100)
    assert played.sent == [PING * 3]
    assert played.latencies == [2, 2, 2]


@pytest.mark.exercise(
    "8.5",
    why="A client waits from the moment it sends until its own reply is there: neither until the "
    "last of the batch, nor from the reply before. So read the clock before sendall, and once "
    "after each recv.",
)
def test_latencies(code):
    """Each reply has the time from the sending of its batch to its own arrival."""
    batches = [[PONG, PONG * 2, PONG], [PONG * 4]]
    played = code.labs.s08.rehearse(batches, PING, 8, 4)
    assert played.latencies == [2, 3, 3, 4, 2, 2, 2, 2]


@pytest.mark.exercise(
    "8.5",
    why="All replies of one recv arrived at the same moment. A clock that is read for each of them "
    "counts the time in which you counted the ones before.",
)
def test_the_clock_is_read_once_a_recv(code):
    """Two batches and four recvs: the clock is read six times."""
    played = code.labs.s08.rehearse([[PONG, PONG * 2, PONG], [PONG * 4]], PING, 8, 4)
    assert played.clock_reads == 2 + 4


@pytest.mark.exercise(
    "8.5",
    why="A recv brings whatever has arrived: half a reply, or three and a half. Count the replies "
    "that the reader returns; one reader keeps the half until the rest has come.",
)
def test_replies_in_pieces(code):
    """A reply that comes in pieces counts once, when its last byte is there."""
    batches = [[b"+PO", b"NG\r", b"\n+P", b"ONG\r\n"]]
    assert code.labs.s08.rehearse(batches, PING, 2, 2).latencies == [4, 5]


@pytest.mark.exercise(
    "8.5",
    why="A value may hold CRLF, an array holds several values: counting lines or CRLFs counts "
    "something else. The reader knows where a reply ends.",
)
def test_replies_of_many_lines(code):
    """A reply of many lines is one reply."""
    bulk, array = b"$12\r\na\r\nb\r\n+OK\r\n-\r\n", b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n"
    played = code.labs.s08.rehearse([[bulk + array], [b"$-1\r\n" + array]], PING, 4, 2)
    assert played.latencies == [2, 2, 2, 2]
    assert played.errors == 0


@pytest.mark.exercise(
    "8.5",
    why="A server that refuses everything is very fast. An error counts as an error: not among the "
    "latencies, and not as an answered request in requests/s.",
)
def test_errors_are_no_successes(code):
    """Error replies are counted apart, and their times are not."""
    played = code.labs.s08.rehearse([[PONG + ERROR, ERROR + PONG], [ERROR]], PING, 5, 4)
    assert played.latencies == [2, 3]
    assert played.errors == 3


@pytest.mark.exercise(
    "8.5",
    why="recv returns b'' when the server has hung up, and does so for ever after. A loop that "
    "goes on never ends; one that counts it as a reply invents numbers.",
)
def test_the_server_hangs_up(code):
    """When the server hangs up, the client stops and keeps what it has counted."""
    played = code.labs.s08.rehearse([[PONG * 2], [PONG, b"", PONG]], PING, 6, 2)
    assert played.sent == [PING * 2, PING * 2]
    assert played.latencies == [2, 2, 2]
    assert played.errors == 0


@pytest.mark.exercise(
    "8.5", why="What the server has done must agree with what the client says it received."
)
def test_a_real_server_counts_along(code, server):
    """Three clients that send 100 increments between them leave 100 behind."""
    running = server(7)
    outcome = code.s08.run_load(
        "127.0.0.1", running.port, b"INCR n\r\n", clients=3, requests=100, pipeline=8
    )
    assert (len(outcome.latencies), outcome.errors, outcome.lost) == (100, 0, 0)
    assert min(outcome.latencies) > 0
    assert running.client().ask("GET", "n") == b"100"


# ---------------------------------------------------------------- the command line


@pytest.fixture
def call(command):
    """Runs `python -m steps.s08` with these words to its end."""
    return lambda *words: command("s08", *words, timeout=25)


@pytest.mark.exercise(
    "8.5", why="The command line divides the requests among the clients; each drives its share."
)
def test_the_command_line(call, server):
    """The report says how many requests a second there were, how slow they were, and what failed."""
    running = server(7)
    done = call(
        *("load", "--port", running.port, "--clients", 2, "--requests", 99, "--pipeline", 7),
        *("--histogram", "--command", "INCR", "hits"),
    )
    assert done.stderr == ""
    assert done.returncode == 0
    head, rate, latency, errors, *bars = done.stdout.splitlines()
    assert head.startswith("99 requests, 2 clients, 7 a packet, ")
    assert int(rate.removeprefix("requests/s  ")) > 0
    assert latency.split()[:3:2] == ["latency", "p50"]
    assert latency.split()[4::2] == ["p95", "p99", "max"]
    assert errors == "errors      0"
    assert sum(int(bar.split()[1]) for bar in bars[1:]) == 99
    assert running.client().ask("GET", "hits") == b"99"


@pytest.mark.exercise("8.5", why="Errors show in the report, and in the exit code.")
def test_the_command_line_tells_of_errors(call, server):
    """A command that fails is counted as an error, and the exit code is 1."""
    done = call("load", "--port", server(7).port, "--requests", 20, "--command", "nonsense")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == ["requests/s  0", "errors      20"]


def test_nobody_is_there(call):
    """If no server listens, one sentence says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = call("load", "--port", port)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: no connection to 127.0.0.1 port {port} (")
    assert done.stderr.count("\n") == 1


def test_a_server_that_hangs_up_at_once(call):
    """Requests without a reply are reported as lost, with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            connections = [listener.accept()[0] for _ in range(2)]
            for connection in connections:
                connection.shutdown(socket.SHUT_WR)
            for connection in connections:
                while connection.recv(100):  # a close with bytes unread would be a reset
                    pass
                connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        done = call("load", "--port", listener.getsockname()[1], "--clients", 2, "--requests", 10)
        thread.join()
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "requests/s  0",
        "errors      0",
        "lost        10 (the server hung up)",
    ]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["load", "--clients", "0"], "'0' is not a number from 1 to 1000"),
        (["load", "--requests", "1e6"], "'1e6' is not a number from 1 to 10000000"),
        (["load", "--pipeline", "1001"], "'1001' is not a number from 1 to 1000"),
        (["load", "--port", "70000"], "'70000' is not a port"),
        (["profile", "--batches", "-1"], "'-1' is not a number"),
        (["profile", "--parser", "slow"], "invalid choice: 'slow'"),
    ],
)
def test_a_wrong_call(call, words, part):
    """An invalid number is refused in one sentence."""
    done = call(*words)
    assert done.returncode == 2
    assert part in done.stderr.splitlines()[-1]


def test_a_command_without_words(call):
    """A --command without a command is refused in one sentence."""
    done = call("load", "--command")
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no command after --command;")


@pytest.mark.parametrize("parser", ["fast", "step2"])
def test_profile(call, parser):
    """The profile names the functions in which a session spends its time."""
    done = call("profile", "--batches", 20, "--lines", 40, "--parser", parser)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith("320 requests, ")
    assert "(receive)" in done.stdout
    assert ("(split_requests)" in done.stdout) == (parser == "fast")


# ---------------------------------------------------------------- the rest of what is given


def test_the_reader_cuts_replies(code, cuts):
    """However the bytes are cut, the same replies come out."""
    data = b"+OK\r\n$5\r\na\r\nbc\r\n*2\r\n:1\r\n$-1\r\n:7\r\n"
    for pieces in cuts(data):
        reader = code.s08.ReplyReader()
        replies = [reply for piece in pieces for reply in reader.feed(piece)]
        assert replies == ["OK", b"a\r\nbc", [1, None], 7]


def test_a_recv_without_end_is_an_error_in_the_rehearsal(code):
    """A rehearsal never hangs: waiting for a reply that cannot come is an error."""
    with pytest.raises((AssertionError, NotImplementedError)):
        code.labs.s08.rehearse([[PONG]], PING, 2, 2)
