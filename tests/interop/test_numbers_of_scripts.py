"""Numbers on their way between Lua and everything else: redis-server makes the same of them."""

from __future__ import annotations

import pytest

from workbook import wire

NUMBERS = """
0/0 | -(0/0) | 1/0 | -1/0 | 0.1 | -0.1 | 1/3 | 3.0 | 1.9 | -1.9 | 0.9999999999999999 | 1e14 | 1e15
1e17 | 123456789012345678 | 1e18 | 9.3e18 | -9.3e18 | 1e300 | 5e-324 | -1e-7 | 2^31 | 2^32 | 2^53
2^63-1024 | 2^63 | -2^63 | 2^64 | math.huge | math.floor(-0.5) | tonumber('0x10') | tonumber('1e3')
"""

WAYS = """
return X | return {X} | return tostring(X) | return string.format('%g %s', X, X) | return -X == X
return string.format('%5.1f', X) | redis.call('SET', 'k', X) return redis.call('GET', 'k')
return redis.call('ECHO', X) | return pcall(redis.call, 'INCRBY', 'n', X) | return {double=X}
return pcall(redis.call, 'INCRBYFLOAT', 'f', X) | return redis.pcall('ZADD', 'z', X, 'm')
redis.setresp(3) return {double=X} | redis.setresp(3) return redis.call('ZSCORE', 'z', 'm')
redis.setresp(3) return {map={[1]=X}} | return {ok=X} | return {err=X}
return pcall(cjson.encode, X) | return pcall(cjson.encode, {X})
return cmsgpack.pack(X) | return tostring(cmsgpack.unpack(cmsgpack.pack(X)))
return struct.pack('d', X) | return struct.pack('f', X) | return bit.tobit(X)
return redis.sha1hex(X) | return tostring(cjson.decode('[' .. tostring(X) .. ']')[1])
"""


def lines(text):
    """The parts of a text between bars and ends of lines."""
    return [part.strip() for part in text.strip().replace("\n", "|").split("|")]


@pytest.mark.parametrize("protocol", [2, 3])
def test_the_same_numbers(code, redis_server, protocol):
    """Every number in every way."""
    client = redis_server().client()
    state = code.s10.State(later=lambda seconds, call: None)
    session = code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)
    requests = [["HELLO", protocol]]
    for way in lines(WAYS):
        requests += [["EVAL", way.replace("X", f"({number})"), 0] for number in lines(NUMBERS)]
    client.send(b"".join(map(wire.encode, requests)))
    replies = [
        (words, session.receive(wire.encode(words)), client.read_raw()) for words in requests
    ]
    differ = [one for one in replies[1:] if one[1] != one[2]]
    assert not differ
