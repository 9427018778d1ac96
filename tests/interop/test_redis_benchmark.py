"""redis-benchmark's standard set, against the complete server: every test runs without an error.

How fast is another question (`python -m steps.s10 bench`); here few requests are enough.
"""

from __future__ import annotations

import re
import subprocess

import pytest

WAIT = 100

STANDARD = [
    *("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD"),
    *("HSET", "SPOP", "ZADD", "ZPOPMIN", "LPUSH (needed to benchmark LRANGE)"),
    *(f"LRANGE_{count} (first {count} elements)" for count in (100, 300, 500, 600)),
    "MSET (10 keys)",
]


@pytest.fixture
def benchmark(program, server):
    """`benchmark("-P", 16)`: the rate of each test; an error of any of them is a failure."""
    path = program("redis-benchmark", "redis-tools")
    running = server("s10")

    def run(*words):
        done = subprocess.run(
            [path, "-p", str(running.port), "--csv", *map(str, words)],
            capture_output=True,
            timeout=WAIT,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert (done.returncode, err) == (0, ""), out + err
        assert "ERR" not in out
        return dict(re.findall(r'^"([^"]+)","([\d.]+)"', out, re.MULTILINE))

    return run


@pytest.mark.timeout(120)
@pytest.mark.parametrize("options", [["-n", 200, "-c", 10], ["-n", 3200, "-P", 16]], ids=str)
def test_the_standard_set(benchmark, options):
    """All tests of the standard set, one command at a time and with 16 in a packet."""
    rates = benchmark(*options)
    assert list(rates) == STANDARD
    assert all(float(rate) > 0 for rate in rates.values())


@pytest.mark.timeout(120)
def test_with_other_options(benchmark):
    """Random keys, large values, RESP3, many clients, several threads, commands of one's own."""
    assert list(benchmark("-t", "set,get", "-r", 1000, "-n", 2000, "-d", 5000, "-3")) == [
        "SET",
        "GET",
    ]
    assert list(benchmark("-t", "get", "-n", 2000, "-c", 200, "--threads", 2)) == ["GET"]
    assert len(benchmark("-n", 200, "-r", 100, "HSET", "h:__rand_int__", "f", "v")) == 1
    assert len(benchmark("-n", 200, "-P", 4, "ECHO", "hello")) == 1
