"""A subscriber: it asks once, and from then on listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError
from steps.s08_testing.client import CHUNK
from steps.s08_testing.load import ReplyReader


async def listen(
    port: int, channels: Sequence[bytes], hear: Callable[[bytes, bytes], None]
) -> None:
    """Subscribes to `channels` of the server at 127.0.0.1:`port`, and calls `hear(channel, message)`
    for each message, in order, as soon as it has arrived.

    It listens for as long as the server keeps the connection open, and returns when the server
    hangs up; whoever wants to end it earlier cancels its task. If the server refuses, its error
    comes out as a CommandError. However it ends, by an exception of `hear` too, the connection is
    closed by then.

    What the server sends besides messages, such as the confirmation of each channel, is not passed
    on. It all comes through one stream, which TCP cuts wherever it likes: one piece may end in the
    middle of a message, or hold a confirmation and ten messages. (`ReplyReader` of step 8 makes
    replies of it.)

    Other tasks share the thread, so nothing in here may wait without `await`.

    https://redis.io/docs/latest/develop/interact/pubsub/ has the form of the messages.

    >>> await listen(6379, [b"news"], print)     # prints b'news' b'hello' after PUBLISH news hello
    """
    raise NotImplementedError("exercise 10.3")
