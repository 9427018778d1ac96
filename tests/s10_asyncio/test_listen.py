"""Exercise 10.3: a task that subscribes, and listens until it is cancelled."""

from __future__ import annotations

import pytest


def confirmed(channel=b"news", count=1):
    """The confirmation of a subscription."""
    return b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:%d\r\n" % (len(channel), channel, count)


def message(text, channel=b"news"):
    """A message as it is sent to subscribers."""
    words = (b"message", channel, text)
    return b"*3\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


WELL = {"asked": [b"SUBSCRIBE"], "late": False, "ended": "returned", "left open": 0}


@pytest.mark.exercise(
    "10.3",
    why="When the server has hung up, `read` returns b'', at once and each time. 'left open' counts the "
    "connections that were still open when `listen` ended: `writer.close()` begins to close, and "
    "`await writer.wait_closed()` waits until it is done.",
)
def test_a_server_that_says_nothing(code):
    """The server hangs up without a word: it returns, and the connection is closed."""
    assert code.labs.s10.clients.listens() == {**WELL, "heard": []}


@pytest.mark.exercise(
    "10.3",
    why="A message is passed on when it has arrived, not when the next one does or the server hangs "
    "up: `read` returns what there is, `readexactly` and `read()` without a number wait for more.",
)
def test_each_message_at_once(code):
    """The next message is sent only when the one before it has been heard."""
    found = code.labs.s10.clients.listens(confirmed(), message(b"one"), message(b"two"))
    assert found == {**WELL, "heard": [[b"news", b"one"], [b"news", b"two"]]}


@pytest.mark.exercise(
    "10.3",
    why="TCP has no messages. What one `read` returns may hold ten of them, and end in the middle of "
    "the eleventh. One ReplyReader for the whole connection keeps the rest.",
)
def test_any_cut(code, cuts):
    """A confirmation and three messages, whole, byte by byte, and cut at random."""
    texts = [b"one", b"", b"\r\n*3\r\n$7\r\nmessage\r\n\xff"]
    for pieces in cuts(confirmed() + b"".join(map(message, texts))):
        found = code.labs.s10.clients.listens(*pieces)
        assert found == {**WELL, "heard": [[b"news", text] for text in texts]}


@pytest.mark.exercise(
    "10.3",
    why="The server confirms each channel. That is not a message, whatever the channel is called, "
    "and one may come after the first messages.",
)
def test_confirmations_are_not_messages(code):
    """Three channels, of which one is called `message`: only what was published is heard."""
    channels = [b"news", b"message", b"subscribe"]
    found = code.labs.s10.clients.listens(
        confirmed(b"news", 1) + message(b"early"),
        confirmed(b"message", 2) + confirmed(b"subscribe", 3),
        message(b"late", b"message") + message(b"later", b"subscribe"),
        channels=channels,
    )
    heard = [[b"news", b"early"], [b"message", b"late"], [b"subscribe", b"later"]]
    assert found == {**WELL, "heard": heard}


@pytest.mark.exercise(
    "10.3",
    why="A channel is any string of bytes. In a line of text a blank would end it: send SUBSCRIBE as "
    "`encode` of step 2 writes a list of words.",
)
def test_any_channel(code):
    """A channel with a blank and a line feed in its name is subscribed to like any other."""
    channel = b"all the\r\nnews"
    found = code.labs.s10.clients.listens(
        confirmed(channel) + message(b"one", channel), channels=[channel]
    )
    assert found == {**WELL, "heard": [[channel, b"one"]]}


@pytest.mark.exercise(
    "10.3",
    why="Code that cancels a task relies on it to end: let CancelledError out, and close the "
    "connection in a `finally`. 'goes on' means that it was swallowed, 'early' that the task "
    "ended before it was cancelled.",
)
def test_cancelled(code):
    """The task is cancelled while it waits for the next message: the connection is closed then."""
    found = code.labs.s10.clients.listens(confirmed() + message(b"one"), end="cancel")
    assert found == {**WELL, "heard": [[b"news", b"one"]], "ended": "CancelledError"}


@pytest.mark.exercise(
    "10.3",
    why="A server that wants a password answers with an error and keeps the connection open. "
    "Nothing else will ever come, so a listener that ignores the error waits for ever.",
)
def test_refused(code):
    """The server refuses: its error comes out, and the connection is closed."""
    refusal = b"-NOAUTH Authentication required.\r\n"
    found = code.labs.s10.clients.listens(refusal, end="cancel")
    said = "NOAUTH Authentication required. early"
    assert found == {**WELL, "heard": [], "ended": said}


@pytest.mark.exercise(
    "10.3",
    why="`hear` is the caller's. Its exception belongs to the caller, the connection to you. It may be "
    "an OSError as well: one that you suppress must come from your own connection.",
)
@pytest.mark.parametrize(
    ("end", "error"), [("fails", "ValueError"), ("broken pipe", "BrokenPipeError")]
)
def test_the_caller_fails(code, end, error):
    """`hear` raises an exception: that comes out, nothing more is heard, and all is closed."""
    found = code.labs.s10.clients.listens(confirmed() + message(b"one") * 2, end=end)
    assert found == {**WELL, "heard": [[b"news", b"one"]], "ended": error}


@pytest.mark.exercise(
    "10.3",
    why="The end of the connection is the end of listening, also in the middle of a message.",
)
@pytest.mark.parametrize("rest", [b"", b"*3\r\n$7\r\nmess"])
def test_the_server_hangs_up(code, rest):
    """The server hangs up, perhaps in the middle of a message: it returns, without that one."""
    found = code.labs.s10.clients.listens(confirmed() + message(b"one") + rest)
    assert found == {**WELL, "heard": [[b"news", b"one"]]}


@pytest.mark.exercise("10.3", why="This is your own server, with channels of your own.")
def test_over_the_wire(code, server):
    """A task listens to a running server, and hears what others publish there."""
    store = server("s10")
    heard = code.labs.s10.clients.hear_from(store.port, [b"news", b"sport"], [b"one", b"t\r\nwo"])
    assert heard == [
        [b"news", b"one"],
        [b"sport", b"one"],
        [b"news", b"t\r\nwo"],
        [b"sport", b"t\r\nwo"],
    ]
