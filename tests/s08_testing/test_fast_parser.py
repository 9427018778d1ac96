"""Exercise 8.6: the fast parser takes whole requests in one go, and leaves the rest to step 2's.

That it does the same as step 2's parser is tested by that parser's own tests, in
`test_fast_parser_like_step_2.py`.
"""

from __future__ import annotations

import random

import pytest

PING = b"*1\r\n$4\r\nPING\r\n"
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n"

TAKE_WHY = (
    "split_requests takes whole requests from the front, as many as there are, and says how many "
    "bytes those were. What it does not take, somebody else reads: one byte too many is lost, one "
    "too few is read twice."
)
LEAVE_WHY = (
    "Whatever is not plainly a whole request stays where it is: step 2's parser knows what to do "
    "with it. Taking it for a request, or raising an error, would be a second opinion."
)


@pytest.mark.exercise("8.6", why=TAKE_WHY)
def test_whole_requests_are_taken(code):
    """Whole requests are taken, in order, and all their bytes counted."""
    assert code.s08.split_requests(PING) == ([[b"PING"]], len(PING))
    requests = [[b"PING"], [b"SET", b"k", b"value"], [b"PING"]]
    assert code.s08.split_requests(PING + SET + PING) == (requests, len(PING + SET + PING))


@pytest.mark.exercise(
    "8.6",
    why="The half request at the end is not a request yet, and its bytes are not used: count only "
    "those of the whole ones. The last piece of the split has no CRLF after it, so it is not a "
    "line.",
)
def test_a_half_request_is_left(code):
    """Wherever the bytes end, the whole requests are taken and the rest is left."""
    for end in range(len(SET)):
        assert code.s08.split_requests(SET[:end]) == ([], 0), SET[:end]
        taken = code.s08.split_requests(PING + SET[:end])
        assert taken == ([[b"PING"]], len(PING)), SET[:end]


@pytest.mark.exercise("8.6", why=TAKE_WHY)
def test_words_without_bytes(code):
    """A word may be empty, even the last one."""
    data = b"*2\r\n$0\r\n\r\n$0\r\n\r\n"
    assert code.s08.split_requests(data) == ([[b"", b""]], len(data))
    assert code.s08.split_requests(b"*2\r\n$3\r\nGET\r\n$0\r\n") == ([], 0)


@pytest.mark.exercise("8.6", why=LEAVE_WHY)
@pytest.mark.parametrize(
    "rest",
    [
        b"PING\r\n",
        b"\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"*01\r\n$4\r\nPING\r\n",
        b"*+1\r\n$4\r\nPING\r\n",
        b"* 1\r\n$4\r\nPING\r\n",
        b"*x\r\n",
        b"*1\r\nPING\r\nPING\r\n",
        b"*1\r\n$x\r\nPING\r\n",
        b"*1\r\n$04\r\nPING\r\n",
        b"*1\r\n$-4\r\nPING\r\n",
        b"*1\r\n:4\r\nPING\r\n",
    ],
)
def test_whatever_is_no_request_is_left(code, rest):
    """An inline command, an empty request or bad bytes are left, and everything after them."""
    assert code.s08.split_requests(rest + PING) == ([], 0)
    assert code.s08.split_requests(PING + SET + rest + PING) == (
        [[b"PING"], [b"SET", b"k", b"value"]],
        len(PING + SET),
    )


@pytest.mark.exercise(
    "8.6",
    why="The split cuts at every CRLF, inside a word too. Then the pieces don't have the lengths "
    "that the headers state: compare them, and leave the request. A count of lines would not "
    "notice.",
)
def test_a_word_with_crlf_inside_is_left(code):
    """A request with CRLF inside a word is left, even where the pieces look like words."""
    plain = b"*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n"
    forged = b"*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n"
    for data in (plain, forged):
        assert code.s08.split_requests(PING + data + PING) == ([[b"PING"]], len(PING))


@pytest.mark.exercise(
    "8.6",
    why="The length in the header is a promise, and the bytes after it may break it. Compare the "
    "header with the one that a word of this length has.",
)
@pytest.mark.parametrize("length", [b"0", b"3", b"5", b"44", b"", b"400000"])
def test_a_wrong_length_is_left(code, length):
    """A request whose length does not fit is left."""
    data = b"*1\r\n$" + length + b"\r\nPING\r\n"
    assert code.s08.split_requests(PING + data + PING) == ([[b"PING"]], len(PING))


@pytest.mark.exercise(
    "8.6",
    why="The two tables end somewhere: a count or a length beyond them is for step 2's parser. A "
    "KeyError or an IndexError that gets out would be a bug that a client can cause.",
)
def test_beyond_the_tables(code):
    """1024 words and 4096 bytes are taken; one more is left."""
    for count, length, taken in (
        (1024, 1, True),
        (1025, 1, False),
        (1, 4096, True),
        (1, 4097, False),
    ):
        word = b"x" * length
        data = b"*%d\r\n" % count + b"$%d\r\n%b\r\n" % (length, word) * count
        expected = ([[word] * count], len(data)) if taken else ([], 0)
        assert code.s08.split_requests(data) == expected, (count, length)


@pytest.mark.exercise("8.6", why=TAKE_WHY)
def test_nothing(code):
    """No bytes make no requests."""
    assert code.s08.split_requests(b"") == ([], 0)
    assert code.s08.split_requests(PING) == ([[b"PING"]], len(PING))


AWKWARD = [b"", b"\r\n", b"\r", b"\n", b"*1\r\n$4\r\nPING\r\n", b"$-1", b"\xff\x00", b"x" * 5000]
RUBBISH = [b"*", b"$", b"\r\n", b"1", b"-", b"PING", b" ", b'"', b"*1\r\n", b"$4\r\n"]


def some_requests(chance):
    """A few requests and their bytes, most of them ordinary."""
    requests = []
    for _ in range(chance.randint(1, 8)):
        words = [chance.choice(AWKWARD) for _ in range(chance.randint(1, 4))]
        ordinary = [
            b"SET",
            b"key:%d" % chance.randrange(99),
            chance.randbytes(chance.randrange(20)),
        ]
        requests.append(chance.choice([words, ordinary, ordinary]))
    data = b"".join(
        b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        for words in requests
    )
    return requests, data


@pytest.mark.exercise(
    "8.6",
    why="Whether a request comes whole, in halves or in single bytes, it is the same request. If "
    "this fails, too much or too little was counted as used at some cut.",
)
def test_random_requests_in_any_cut(code, cuts, seed):
    """Requests come out as they went in, however their bytes are cut."""
    chance = random.Random(seed)
    for _ in range(20):
        requests, data = some_requests(chance)
        for pieces in cuts(data):
            assert code.labs.s08.fed(code.s08.FastParser(), pieces) == requests, pieces


@pytest.mark.exercise(
    "8.6",
    why="Only one place decides what an error is: step 2's parser. The fast one must neither "
    "report an error of its own nor skip one.",
)
def test_rubbish_gets_the_same_error(code, cuts, seed):
    """Whatever the bytes are, both parsers return the same requests and the same error."""
    chance = random.Random(seed)
    for _ in range(40):
        rubbish = b"".join(chance.choice(RUBBISH) for _ in range(chance.randrange(8)))
        data = some_requests(chance)[1][:2000] + rubbish + PING
        slow = code.s02.RequestParser()
        expected = code.labs.s08.fed(slow, [data]), code.labs.s02.refusal(slow)
        for pieces in cuts(data)[2:]:
            fast = code.s08.FastParser()
            found = code.labs.s08.fed(fast, pieces), code.labs.s02.refusal(fast)
            assert found == expected, pieces


@pytest.mark.exercise(
    "8.6",
    why="The time is spent where the interpreter runs a line for each word. Slices with a step, "
    "one comparison of lists and the two tables let C do that. A loop over the words in Python, or "
    "a call of step 2's parser, gains little.",
)
def test_it_is_fast(code):
    """Pipelined commands take at most 1/1.8 of the time that step 2's parser needs."""
    data = b"".join(
        b"*3\r\n$3\r\nSET\r\n$8\r\nkey:%04d\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$8\r\nkey:%04d\r\n"
        % (number, number)
        for number in range(2000)
    )
    assert code.s08.split_requests(data)[1] == len(data)
    slow, fast = code.labs.s08.feeding_times(data, rounds=7)
    assert slow >= 1.8 * fast, f"step 2's {slow * 1000:.1f} ms, the fast one {fast * 1000:.1f} ms"


@pytest.mark.exercise("8.6", why="In the server the same bytes come through a socket.")
def test_a_pipeline_over_the_wire(server):
    """A server with the fast parser answers a pipeline of all kinds of requests in order."""
    client = server(8).client()
    client.send(SET * 3 + b"GET k\r\n" + b"*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n" + PING + SET[:9])
    client.expect(b"+OK\r\n" * 3 + b"$5\r\nvalue\r\n" + b"$4\r\na\r\nb\r\n" + b"+PONG\r\n")
    client.send(SET[9:] + PING)
    client.expect(b"+OK\r\n+PONG\r\n")
