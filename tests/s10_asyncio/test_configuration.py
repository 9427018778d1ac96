"""CONFIG SET has its effect at once, and all of its settings have it or none."""

from __future__ import annotations

import os


def value(client, name):
    return client.ask("CONFIG", "GET", name)[1]


def test_what_the_command_line_says_is_what_config_get_shows(server, tmp_path):
    """The options of the start under their names, in the form in which they were given."""
    client = server("s10", "--maxclients", 50, "--save", "900 1 300 10", "--dir", tmp_path).client()
    assert value(client, "maxclients") == b"50"
    assert value(client, "save") == b"900 1 300 10"
    assert value(client, "dir") == os.fsencode(tmp_path)
    assert value(client, "appendonly") == b"no"


def test_where_it_listens(server):
    """`port` and `bind` are those of the socket, even if the system chose the port."""
    running = server("s10")
    client = running.client()
    assert value(client, "port") == b"%d" % running.port
    assert value(client, "bind") == b"127.0.0.1"


def test_everything_can_be_set_to_what_it_is(server):
    """What CONFIG GET shows is what CONFIG SET takes."""
    client = server("s10").client()
    shown = client.ask("CONFIG", "GET", "*")
    pairs = dict(zip(shown[::2], shown[1::2], strict=True))
    assert len(pairs) > 15
    for name, text in pairs.items():
        reply = client.ask("CONFIG", "SET", name, text)
        assert reply == b"OK" or "immutable config" in reply or "protected config" in reply


def test_maxclients(server):
    """One client too many gets an error as soon as the limit is lower."""
    running = server("s10")
    client = running.client()
    assert client.ask("CONFIG", "SET", "maxclients", 1) == b"OK"
    other = running.client()
    other.expect(b"-ERR max number of clients reached\r\n")
    assert other.closed()
    assert client.ask("CONFIG", "SET", "maxclients", 2) == b"OK"
    assert running.client().ask("PING") == b"PONG"


def test_appendonly(server, tmp_path):
    """Switched on, the journal holds the present and later contents; a restart finds both."""
    first = server("s10")
    client = first.client()
    client.ask("SET", "before", 1)
    assert client.ask("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always") == b"OK"
    client.ask("SET", "after", 2)
    first.kill()
    second = server("s10", "--appendonly", "yes").client()
    assert second.ask("MGET", "before", "after") == [b"1", b"2"]
    assert second.ask("CONFIG", "SET", "appendonly", "no") == b"OK"
    assert b"aof_enabled:0" in second.ask("INFO", "persistence")


def test_a_journal_that_cannot_be_begun(server, tmp_path):
    """If one of the settings can't be applied, none of them is changed, and the log says why."""
    (tmp_path / "appendonlydir").write_text("a file where the folder should be")
    running = server("s10")
    client = running.client()
    reply = client.ask("CONFIG", "SET", "maxclients", 77, "appendonly", "yes")
    assert reply == (
        "-ERR CONFIG SET failed (possibly related to argument 'appendonly')"
        " - Unable to turn on AOF. Check server logs."
    )
    assert (value(client, "maxclients"), value(client, "appendonly")) == (b"10000", b"no")
    assert client.ask("SET", "k", "v") == b"OK"
    running.stop()
    assert "journal error" in running.stderr()


def test_dir_and_dbfilename(server, tmp_path):
    """SAVE writes where the present settings say."""
    (tmp_path / "other").mkdir()
    client = server("s10", "--enable-protected-configs", "yes").client()
    wanted = ("dir", tmp_path / "other", "dbfilename", "mine.rdb")
    assert client.ask("CONFIG", "SET", *map(str, wanted)) == b"OK"
    assert client.ask("SAVE") == b"OK"
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["mine.rdb"]


def test_the_slow_log(server):
    """From 0 microseconds on every command is slow; the log has no more entries than it may."""
    client = server("s10").client()
    client.ask("CONFIG", "SET", "slowlog-log-slower-than", 0, "slowlog-max-len", 2)
    for word in ("one", "two", "three"):
        client.ask("ECHO", word)
    client.ask("CONFIG", "SET", "slowlog-log-slower-than", -1)
    entries = [entry[3] for entry in client.ask("SLOWLOG", "GET")]
    # the command that switched it off was itself still timed, by the threshold of its end
    assert [b"ECHO", b"three"] in entries
    assert len(entries) == 2


def test_a_password_does_not_get_into_the_slow_log(server):
    """CONFIG SET requirepass is kept without its password."""
    client = server("s10", "--slowlog-log-slower-than", 0).client()
    client.ask("CONFIG", "SET", "requirepass", "secret")
    assert b"secret" not in repr(client.ask("SLOWLOG", "GET")).encode()


def test_timeout(server, until):
    """An idle client is disconnected, once there is a timeout; one that listens may be silent."""
    running = server("s10")
    client, idle, listener = running.client(), running.client(timeout=10), running.client()
    idle.ask("PING")
    listener.ask("SUBSCRIBE", "news")
    assert client.ask("CONFIG", "SET", "timeout", 1) == b"OK"
    until(client, "CLIENT", "LIST", good=lambda lines: lines.count(b"\n") == 2)
    assert idle.closed()
    client.ask("PUBLISH", "news", "hello")
    assert listener.read() == [b"message", b"news", b"hello"]


def test_resetstat(server):
    """INFO counts from 0 again."""
    client = server("s10").client()
    for _ in range(20):
        client.ask("PING")
    assert client.ask("CONFIG", "RESETSTAT") == b"OK"
    facts = dict(line.split(b":") for line in client.ask("INFO", "stats").split(b"\r\n")[1:-1])
    assert int(facts[b"total_commands_processed"]) < 3
    assert facts[b"total_connections_received"] == b"0"
