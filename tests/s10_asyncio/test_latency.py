"""LATENCY: what took long is kept second by second; the reports are those of redis-server."""

from __future__ import annotations

import pytest

from workbook import wire

TIMES = [(27, 20), (28, 4), (30, 300), (31, 50), (32, 2), (33, 130)]
"""Seconds and milliseconds of spikes. The reports below are what redis-server said of such ones."""

GRAPH = """\
command - high 300 ms, low 2 ms (all time high 300 ms)
--------------------------------------------------------------------------------
  #   \n  |   \n  |  #\n__|o_|\n      \n764321\nssssss\n"""

OBSERVED = """\
Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?

1. command: 6 latency spikes (average 84ms, mean deviation 87ms, period 1.17 sec). Worst all time event 300ms.

I have a few advices for you:

- Your current Slow Log configuration only logs events that are slower than your configured latency monitor threshold. Please use 'CONFIG SET slowlog-log-slower-than 1000'.
"""  # noqa: E501


@pytest.fixture
def series(code):
    """The series of TIMES."""
    spikes = code.s10.latency.spikes
    one = spikes.Series()
    for time, milliseconds in TIMES:
        one.add(spikes.Spike(time, milliseconds))
    return one


@pytest.fixture
def report(code):
    """The module of the reports, which is loaded with the commands."""
    code.s10.State.registry.load()
    return code.s10.latency.report


def test_the_worst_of_each_second_is_kept(code):
    now = 100.5
    spikes = code.s10.latency.spikes.Spikes(10, now=lambda: now)
    for seconds in (0.0099, 0.010, 0.030, 0.0201):
        spikes.note("command", seconds)
    now = 101.1
    spikes.note("command", 0.015)
    spikes.note("fast-command", 0.5)
    one = spikes.series["command"]
    assert (list(one.spikes), one.worst) == ([(100, 30), (101, 15)], 30)
    assert list(spikes.series) == ["command", "fast-command"]
    assert spikes.reset(["nosuch", "command"]) == 1
    assert spikes.reset([]) == 1
    spikes.threshold = 0
    spikes.note("command", 1000)
    assert spikes.series == {}


def test_only_so_many_seconds_are_kept(code):
    module = code.s10.latency.spikes
    one = module.Series()
    for second in range(200):
        one.add(module.Spike(second, 1000 - second))
    assert (len(one.spikes), one.spikes[0].time, one.worst) == (160, 40, 1000)


def test_the_graph(report, series):
    assert report.graph("command", series, 34) == GRAPH


def test_a_graph_of_more_than_a_line(code, report):
    module = code.s10.latency
    one = module.spikes.Series()
    for second in range(85):
        one.add(module.spikes.Spike(second, 7))
    lines = report.graph("command", one, 90_000).split("\n")
    assert [len(line) for line in lines[2:]] == [80] * 7 + [0] + [5] * 7 + [0]
    assert lines[5] == "_" * 80
    assert lines[7:9] == ["1" * 80, "d" * 80]


def test_the_doctor(report, series):
    doctor = report.doctor
    assert doctor({"command": series}, 1, 10_000, 34).startswith(OBSERVED)
    assert "slower-than 1000'. If the Slow log is disabled" in doctor(
        {"command": series}, 1, -1, 34
    )
    assert "noisy neighbour" in doctor({"fast-command": series}, 1, 10_000, 34)
    assert "Slow Log" not in doctor({"expire-cycle": series}, 1, 10_000, 34)


@pytest.fixture
def session(code):
    settings = code.s10.settings.Settings(latency_monitor_threshold=5)
    state = code.s10.State(settings)
    return code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)


def ask(session, *words):
    return wire.decode(session.receive(wire.encode(words)))[0]


def test_a_slow_command_is_an_event(code, session):
    """From the threshold on, whatever the slow log wants."""
    commands = [session.parse([b"GET", b"k"]), session.parse([b"LRANGE", b"k", b"0", b"1"])]
    assert session.state.slow < 0.005 <= session.state.log_slow
    for command in commands:
        session.took(command, 0.0049)
    assert ask(session, "LATENCY", "LATEST") == []
    session.state.spikes.now = lambda: 7
    for command in commands:
        session.took(command, 0.006)
    latest = [[b"fast-command", 7, 6, 6], [b"command", 7, 6, 6]]
    assert ask(session, "LATENCY", "LATEST") == latest
    assert ask(session, "LATENCY", "HISTORY", "command") == [[7, 6]]
    assert ask(session, "SLOWLOG", "LEN") == 0
    assert ask(session, "LATENCY", "RESET", "command", "nosuch") == 1


def test_histograms(code, session):
    """They are kept while `latency-tracking` is on; the limits are those of redis-server."""
    get = session.parse([b"GET", b"k"])
    assert ask(session, "CONFIG", "SET", "latency-tracking", "yes") == b"OK"
    for microseconds in (0.5, 1, 1.02, 1.1, 30, 33, 40, 2_000_000):
        session.took(get, microseconds / 1e6)
    found = [b"calls", 8, b"histogram_usec", [1, 3, 2, 4, 33, 6, 66, 7, 1082130, 8]]
    assert ask(session, "LATENCY", "HISTOGRAM", "GET", "nosuch") == [b"get", found]
    assert b"usec_get:p50=2.063,p99=1082130.431," in ask(session, "INFO", "latencystats")
    assert ask(session, "CONFIG", "SET", "latency-tracking", "no") == b"OK"
    assert b"config|set" in ask(session, "LATENCY", "HISTOGRAM", "config")
    assert ask(session, "CONFIG", "RESETSTAT") == b"OK"
    assert ask(session, "LATENCY", "HISTOGRAM") == []


def test_each_command_counts_while_tracking_is_on(session):
    ask(session, "CONFIG", "SET", "latency-tracking", "yes")
    for words in ["SET k v", "GET k", "GET k", "GET k x"]:
        ask(session, *words.split())
    shown = ask(session, "LATENCY", "HISTOGRAM", "get", "set")
    assert [shown[0], shown[1][:2], shown[2], shown[3][:2]] == [
        *(b"get", [b"calls", 2]),
        *(b"set", [b"calls", 1]),
    ]
