"""INFO: the facts that programs look for, and that they are true."""

from __future__ import annotations

import os
import re
import time

import pytest


def info(client, *sections):
    """The facts of INFO as a dict."""
    lines = client.ask("INFO", *sections).decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def running(server):
    return server("s10")


def test_each_field_means_what_it_means_in_redis(running, redis_server):
    """Redis has every field that we have, in the same section; a few are Python's own."""
    ours, real = (one.client().ask("INFO", "everything") for one in (running, redis_server()))

    def fields(text):
        section, found = "", set()
        for line in text.decode().split("\r\n"):
            if line.startswith("#"):
                section = line
            elif line:
                found.add((section, line.partition(":")[0]))
        return found

    ours, real = fields(ours), fields(real)
    assert {name for _, name in ours - real} == {"python_version", "slowlog_entries"}
    left_out = re.compile(
        "# (Commandstats|Latencystats)"
        "|.*(build_id|git_|gcc_|atomicvar|monotonic_clock)"  # of a program in C
        "|.*(allocator_|overhead_(ratio|bytes)|reply_buffer|expire_cycle|expired_(stale|time))"
        "|.*(current_(cow|fork|save)|rdb_last_load|consecutive_failures)"
        "|.*(main_thread|lazyfreed|repl_kbps)"
    )
    missing = {" ".join(field) for field in real - ours}
    assert {name for name in missing if not left_out.match(name)} == set()


def test_statistics_of_commands_and_errors(running, redis_server):
    """Which commands were run how often, rejected or failed; and how often each kind of error was."""
    talk = [
        *[
            "SET k v",
            "SET k",
            "SET k v EX",
            "SET k v EX 0",
            "GET k",
            "LPUSH k a",
            "NOPE",
            "CONFIG NO",
        ],
        *["CONFIG GET maxmemory", "MULTI", "GET k", "LPUSH k a", "SET k", "DISCARD", "HELLO 9"],
        *["MULTI", "GET k", "LPUSH k a", "SET k v EX", "EXEC", "AUTH x", "EXEC", "SUBSCRIBE news"],
        *["GET k", "UNSUBSCRIBE", "INCRBY k x", "INCRBY k", "CONFIG RESETSTAT x"],
    ]
    counted = []
    for one in (running, redis_server()):
        client = one.client()
        for line in talk:
            client.ask(*line.split())
        facts = info(client, "commandstats", "errorstats")
        counts = re.compile("(calls|rejected_calls|failed_calls|count)=[0-9]+")
        counted.append({name: [m[0] for m in counts.finditer(v)] for name, v in facts.items()})
        assert int(info(client)["total_error_replies"]) == sum(
            int(value.removeprefix("count="))
            for name, value in facts.items()
            if name.startswith("errorstat")
        )
    assert counted[0] == counted[1]
    assert info(running.client(), "commandstats")["cmdstat_set"].split(",")[1].startswith("usec=")


SCRIPTS = """
return redis.call('SET', 'k', 'v')
return redis.pcall('INCR', 'k')
return redis.call('INCR', 'k')
for i = 1, 3 do redis.pcall('INCR', 'k') end
return redis.pcall('NOSUCH')
return redis.call('GET')
return redis.call('BLPOP', 'n', '0')
return redis.pcall('EVAL', 'x', '0')
redis.call('GET', 'k') redis.call('GET', 'n') return redis.error_reply('MY error')
return {err = 'OTHER error'}
error('boom')
return =
"""

LIBRARY = """#!lua name=lib
redis.register_function('one', function() return 1 end)
redis.register_function('two', function() return 2 end)
"""


def test_scripts_count(running, redis_server):
    """So do the commands that a script calls; an error counts once, wherever it comes from."""
    ours, real = running.client(), redis_server().client()
    counts = re.compile("(calls|rejected_calls|failed_calls|count)=[0-9]+")
    for script in SCRIPTS.strip().split("\n"):
        shown = []
        for client in (ours, real):
            client.ask("EVAL", script, 0)
            facts = info(client, "commandstats", "errorstats")
            counted = {name: [m[0] for m in counts.finditer(v)] for name, v in facts.items()}
            shown.append((counted, info(client, "stats")["total_error_replies"]))
        assert shown[0] == shown[1], script
    kept = []
    for client in (ours, real):
        client.ask("FUNCTION", "LOAD", LIBRARY)
        facts = info(client, "memory")
        kept.append({name: n for name, n in facts.items() if name.startswith("number_of_")})
        assert int(facts["used_memory_scripts_eval"]) > len(SCRIPTS) // 2
        assert int(facts["used_memory_functions"]) >= len(LIBRARY)
    assert kept[0] == kept[1]
    for client in (ours, real):
        client.ask("SCRIPT", "FLUSH")
        assert info(client, "memory")["number_of_cached_scripts"] == "0"


def test_a_wait_that_ends_with_an_error_has_failed(running, redis_server, blocked):
    """CLIENT UNBLOCK with ERROR: the reply is an error, of a command that was counted already."""
    for one in (running, redis_server()):
        client, other = one.client(), one.client()
        number = other.ask("CLIENT", "ID")
        other.send(b"BLPOP nosuch 0\r\n")
        blocked(client, 1)
        assert client.ask("CLIENT", "UNBLOCK", number, "ERROR") == 1
        assert other.read().startswith("-UNBLOCKED")
        facts = info(client, "commandstats", "errorstats")
        assert facts["errorstat_UNBLOCKED"] == "count=1"
        assert facts["cmdstat_blpop"].endswith("rejected_calls=0,failed_calls=1")


def test_clients_that_are_paused_are_blocked(running, redis_server, blocked):
    """Their commands wait, as those that wait for a key do."""
    for one in (running, redis_server()):
        client, other = one.client(), one.client()
        client.ask("CLIENT", "PAUSE", 100_000, "WRITE")
        number = other.ask("CLIENT", "ID")
        other.send(b"SET k v\r\n")
        blocked(client, 1)
        assert b" flags=b " in client.ask("CLIENT", "LIST", "ID", number)
        client.ask("CLIENT", "UNPAUSE")
        assert other.read() == b"OK"
        assert info(client)["blocked_clients"] == "0"


SECTIONS = """
 | default | all | everything | server | SERVER | server server | keyspace server | nosuch | ALL | debug
nosuch server | all server | default commandstats | modules | everything modules | default default
commandstats | errorstats all | cpu CPU Cpu | memory nosuch keyspace | module_list | default module_list
"" | Default stats | cluster modules keyspace cpu
"""


def test_sections(running, redis_server):
    """The sections are in Redis' order, each once, with an empty line after each but the last."""
    ours, real = running.client(), redis_server().client()
    for client in (ours, real):
        client.ask("SET", "k", "v")
        client.ask("NOSUCH")
        client.ask("CONFIG", "SET", "latency-tracking", "yes")
    for line in SECTIONS.strip("\n").replace("\n", "|").split("|"):
        words = [word.strip('"') for word in line.split()]
        one, other = (outline(client.ask("INFO", *words)) for client in (ours, real))
        assert one == other, words


def outline(text):
    """The titles of sections, `x` for facts, and empty lines."""
    lines = [line if line[:1] in ("#", "") else "x" for line in text.decode().split("\r\n")]
    return [
        line
        for line, before in zip(lines, ["", *lines], strict=False)
        if line != "x" or before != "x"
    ]


def test_a_section(running):
    """The name of a section may be in capitals."""
    assert running.client().ask("INFO", "CLIENTS").startswith(b"# Clients\r\nconnected_clients:")
    both = running.client().ask("INFO", "keyspace", "cluster")
    assert both == b"# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n"
    assert running.client().ask("INFO", "all") != b""


def test_the_server(running):
    """Which process it is, on which port, and since when."""
    facts = info(running.client(), "server")
    assert facts["redis_version"] == "7.0.15"
    assert facts["process_id"] == str(running.own_pid)
    assert facts["tcp_port"] == str(running.port)
    assert 0 <= int(facts["uptime_in_seconds"]) < 60
    assert abs(int(facts["server_time_usec"]) / 1e6 - time.time()) < 60
    assert len(facts["run_id"]) == 40


def test_clients_and_commands(running, blocked):
    """The connected clients, the waiting ones, and how many commands there have been."""
    client, other = running.client(), running.client()
    other.send(b"BLPOP nosuch 0\r\n")
    blocked(client, 1)
    facts = info(client)
    assert facts["connected_clients"] == "2"
    assert facts["blocked_clients"] == "1"
    before = int(facts["total_commands_processed"])
    for _ in range(100):
        client.ask("PING")
    facts = info(client)
    assert int(facts["total_commands_processed"]) == before + 101
    assert facts["total_connections_received"] == "2"
    assert int(facts["total_net_input_bytes"]) > 100 * len("*1\r\n$4\r\nPING\r\n")
    assert int(facts["total_net_output_bytes"]) > 100 * len("+PONG\r\n")


def test_commands_per_second(running, until):
    """The rate follows what goes on."""
    client = running.client()
    until(client, "INFO", "stats", good=lambda text: b"ops_per_sec:0\r\n" not in text)


def test_memory(running):
    """The memory of the process, which grows with what is kept."""
    client = running.client()
    before = info(client, "memory")
    assert 5_000_000 < int(before["used_memory"]) < 500_000_000
    assert int(before["used_memory_peak"]) >= int(before["used_memory"])
    assert before["used_memory_human"].endswith("M")
    client.ask("SET", "large", b"x" * 50_000_000)
    assert int(info(client, "memory")["used_memory"]) > int(before["used_memory"]) + 40_000_000


def test_files(server, tmp_path):
    """What has changed since the last snapshot, and the state of the journal."""
    client = server("s10").client()
    for number in range(3):
        client.ask("SET", "k", number)
    facts = info(client, "persistence")
    assert (facts["rdb_changes_since_last_save"], facts["aof_enabled"]) == ("3", "0")
    client.ask("SAVE")
    facts = info(client, "persistence")
    assert facts["rdb_changes_since_last_save"] == "0"
    assert facts["rdb_last_bgsave_status"] == "ok"
    client.ask("CONFIG", "SET", "appendonly", "yes")
    client.ask("SET", "k", "in the journal")
    facts = info(client, "persistence")
    assert facts["aof_enabled"] == "1"
    size = sum(
        os.path.getsize(tmp_path / "appendonlydir" / name)
        for name in (
            "appendonly.aof.1.base.rdb",
            "appendonly.aof.2.base.rdb",
        )
        if (tmp_path / "appendonlydir" / name).exists()
    )
    assert int(facts["aof_base_size"]) == size


def test_keyspace(running):
    """The databases that hold something, how much, and how much of it for a time."""
    client = running.client()
    assert info(client, "keyspace") == {}
    client.ask("MSET", "a", 1, "b", 2)
    client.ask("EXPIRE", "a", 1000)
    client.ask("SELECT", 3)
    client.ask("SET", "c", 3)
    facts = info(client, "keyspace")
    assert list(facts) == ["db0", "db3"]
    assert facts["db3"] == "keys=1,expires=0,avg_ttl=0"
    keys, expires, ttl = (part.split("=")[1] for part in facts["db0"].split(","))
    assert (keys, expires) == ("2", "1")
    assert 900_000 < int(ttl) <= 1_000_000


def test_messages(running, redis_server):
    """How many channels, patterns and channels of shards have subscribers."""
    counted = []
    for one in (running, redis_server()):
        client, other = one.client(), one.client()
        for asked in ("SUBSCRIBE news", "PSUBSCRIBE n*", "SSUBSCRIBE s", "SSUBSCRIBE t"):
            other.ask(*asked.split())
        facts = info(client, "stats")
        counted.append({name: facts[name] for name in facts if name.startswith("pubsub")})
    ours, theirs = counted
    assert ours == theirs


def test_each_client(running, redis_server, blocked):
    """CLIENT LIST has every field of Redis', in its order; and the bytes that wait are counted."""

    def fields(client, *words):
        return dict(word.split(b"=", 1) for word in client.ask("CLIENT", *words).split())

    ours, real = (fields(one.client(), "INFO") for one in (running, redis_server()))
    assert list(ours) == list(real)
    assert [ours[name] for name in (b"qbuf", b"argv-mem")] == [b"26", b"10"]
    assert [real[name] for name in (b"qbuf", b"argv-mem")] == [b"26", b"10"]
    client, other = running.client(), running.client()
    number = other.ask("CLIENT", "ID")
    other.ask("MULTI")
    other.ask("SET", "k", "12345")
    assert fields(client, "LIST", "ID", number)[b"multi-mem"] == b"9"
    other.ask("EXEC")
    other.send(b"BLPOP nosuch 0\r\nECHO abc\r\n*2\r\n$4\r\nECHO\r\n$9\r\nabc")
    blocked(client, 1)
    waiting = fields(client, "LIST", "ID", number)
    assert (waiting[b"qbuf"], waiting[b"argv-mem"], waiting[b"events"]) == (b"26", b"4", b"r")
    assert waiting[b"tot-mem"] == b"30"


def test_functions_that_no_command_has_needed_yet(code):
    """Those that the files held count from the start, though Lua is started only when needed."""
    state = code.s10.State()
    function = b"\nredis.register_function('%b', function() end)"
    state.databases[0].libraries = [b"#!lua name=lib" + function % b"one" + function % b"two"]
    session = code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)
    shown = session.receive(b"INFO memory\r\n")
    assert b"number_of_functions:2\r\nnumber_of_libraries:1\r\n" in shown
