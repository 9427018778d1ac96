"""PUBLISH: a message goes to all who listen, and is kept by nobody."""

from __future__ import annotations


def test_a_message_on_a_channel(code):
    """All who listen to the channel get the message, in the order in which they came."""
    radio = code.labs.s10.Radio()
    for name in ("ann", "bob", "cid"):
        radio.listen(name, [b"news"])
    radio.listen("dan", [b"weather"])
    assert radio.publish(b"news", b"hello") == 3
    message = [b"message", b"news", b"hello"]
    assert radio.heard == [["ann", *message], ["bob", *message], ["cid", *message]]


def test_nobody_listens(code):
    """A message without subscribers was sent 0 times, and its channel is not remembered."""
    radio = code.labs.s10.Radio()
    radio.listen("ann", [b"weather"], [b"w*"])
    assert radio.publish(b"news", b"hello") == 0
    assert radio.heard == []
    assert radio.hub.active(radio.hub.channels, None) == [b"weather"]


def test_a_message_for_a_pattern(code):
    """A subscriber of a matching pattern gets it with the pattern; other patterns do not."""
    radio = code.labs.s10.Radio()
    radio.listen("ann", [], [b"news.*"])
    radio.listen("bob", [], [b"new?.a[rt]t"])
    radio.listen("cid", [], [b"news"])
    assert radio.publish(b"news.art", b"hello") == 2
    assert radio.heard == [
        ["ann", b"pmessage", b"news.*", b"news.art", b"hello"],
        ["bob", b"pmessage", b"new?.a[rt]t", b"news.art", b"hello"],
    ]


def test_who_listens_three_times_hears_three_times(code):
    """One client with the channel and two patterns: three messages, and the number is 3 more."""
    radio = code.labs.s10.Radio()
    radio.listen("ann", [b"news"], [b"n*", b"*s"])
    radio.listen("bob", [b"news"], [b"*s"])
    assert radio.publish(b"news", b"x") == 5
    assert [one[:-1] for one in radio.heard] == [
        ["ann", b"message", b"news"],
        ["bob", b"message", b"news"],
        ["ann", b"pmessage", b"n*", b"news"],
        ["ann", b"pmessage", b"*s", b"news"],
        ["bob", b"pmessage", b"*s", b"news"],
    ]


def test_one_leaves_on_hearing(code):
    """Subscribers of the channel leave during the message: all others get it too."""
    radio = code.labs.s10.Radio()
    radio.listen("ann", [b"news"], leaves=True)
    radio.listen("bob", [b"news"])
    radio.listen("cid", [b"news"], leaves=True)
    assert radio.publish(b"news", b"one") == 3
    assert radio.publish(b"news", b"two") == 1
    assert [one[0] for one in radio.heard] == ["ann", "bob", "cid", "bob"]


def test_one_leaves_a_pattern_on_hearing(code):
    """The only subscriber of a pattern leaves during it: later patterns are not skipped."""
    radio = code.labs.s10.Radio()
    radio.listen("ann", [], [b"n*"], leaves=True)
    radio.listen("bob", [], [b"*s"], leaves=True)
    radio.listen("cid", [], [b"*s", b"*"])
    assert radio.publish(b"news", b"one") == 4
    assert radio.publish(b"news", b"two") == 2
    assert [one[0] for one in radio.heard] == ["ann", "bob", "cid", "cid", "cid", "cid"]


def test_any_bytes(code):
    """A channel and a message of line ends, zeros and bytes that are not text."""
    radio = code.labs.s10.Radio()
    channel, message = b"\r\n*1\x00\xff", bytes(range(256))
    radio.listen("ann", [channel, b""])
    assert radio.publish(channel, message) == 1
    assert radio.publish(b"", b"") == 1
    assert radio.heard == [
        ["ann", b"message", channel, message],
        ["ann", b"message", b"", b""],
    ]


def test_a_push_in_both_protocols(code):
    """A RESP2 client gets an array, a RESP3 client a push; each at once, not with its next reply."""
    talk = code.labs.s10.Talk()
    talk.say("two", "SUBSCRIBE news")
    talk.say("three", "HELLO 3", "PSUBSCRIBE n*")
    assert talk.say("ann", "PUBLISH news hi") == b":2\r\n"
    assert talk.hears("two") == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
    assert talk.hears("three") == b">4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
    assert talk.hears("ann") == b""


def test_who_is_gone_is_not_told(code):
    """Clients that unsubscribe or vanish are sent nothing, and nothing is kept for them."""
    talk = code.labs.s10.Talk()
    for name in ("ann", "bob", "cid"):
        talk.say(name, "SUBSCRIBE news", "PSUBSCRIBE n*")
    assert talk.say("dan", "PUBLISH news one") == b":6\r\n"
    talk.say("ann", "UNSUBSCRIBE", "PUNSUBSCRIBE n*")
    talk.leave("bob")
    assert talk.say("dan", "PUBLISH news two") == b":2\r\n"
    talk.leave("cid")
    assert talk.say("dan", "PUBLISH news three") == b":0\r\n"
    assert talk.kept()["channels"] == 0


def test_messages_keep_their_order(server):
    """Two publish in turns; both subscribers read the same messages in the same order."""
    store = server("s10")
    listeners = [store.client(), store.client()]
    for client in listeners:
        assert client.ask("SUBSCRIBE", "news", "sport") == [b"subscribe", b"news", 1]
        assert client.read() == [b"subscribe", b"sport", 2]
    publishers = [(store.client(), b"news"), (store.client(), b"sport")]
    expected = []
    for number in range(50):
        for publisher, channel in publishers:
            assert publisher.ask("PUBLISH", channel, number) == 2
            expected.append([b"message", channel, b"%d" % number])
    for client in listeners:
        assert [client.read() for _ in expected] == expected


def test_channels_and_patterns_over_the_wire(server):
    """Subscribe, hear, unsubscribe, hear no more: on the wire, with binary messages."""
    store = server("s10")
    listener, publisher = store.client(), store.client()
    assert listener.ask("PSUBSCRIBE", "n*") == [b"psubscribe", b"n*", 1]
    assert listener.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 2]
    assert publisher.ask("PUBLISH", "news", b"a\r\nb") == 2
    assert listener.read() == [b"message", b"news", b"a\r\nb"]
    assert listener.read() == [b"pmessage", b"n*", b"news", b"a\r\nb"]
    assert listener.ask("UNSUBSCRIBE") == [b"unsubscribe", b"news", 1]
    assert publisher.ask("PUBLISH", "news", b"\x00\xff") == 1
    assert listener.read() == [b"pmessage", b"n*", b"news", b"\x00\xff"]
    assert listener.ask("PUNSUBSCRIBE", "n*") == [b"punsubscribe", b"n*", 0]
    assert publisher.ask("PUBLISH", "news", "nobody") == 0
    assert listener.ask("GET", "k") is None


def test_a_subscriber_vanishes(server, until):
    """One of two subscribers vanishes silently; the other gets everything."""
    store = server("s10")
    one, other, publisher = store.client(), store.client(), store.client()
    for client in (one, other):
        assert client.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    assert publisher.ask("PUBLISH", "news", "first") == 2
    one.abort()
    until(publisher, "PUBSUB", "NUMSUB", "news", good=lambda reply: reply == [b"news", 1])
    assert publisher.ask("PUBLISH", "news", "second") == 1
    assert other.read() == [b"message", b"news", b"first"]
    assert other.read() == [b"message", b"news", b"second"]
