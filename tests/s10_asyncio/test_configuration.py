"""CONFIG SET has its effect at once, and all of its settings have it or none."""

from __future__ import annotations

import os

from workbook import wire


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


def pairs(client):
    shown = client.ask("CONFIG", "GET", "*")
    return dict(zip(shown[::2], shown[1::2], strict=True))


def test_everything_can_be_set_to_what_it_is(server):
    """What CONFIG GET shows is what CONFIG SET takes."""
    client = server("s10").client()
    assert len(pairs(client)) > 15
    for name, text in pairs(client).items():
        reply = client.ask("CONFIG", "SET", name, text)
        assert reply == b"OK" or "immutable config" in reply or "protected config" in reply


OUR_WAY = {b"port", b"bind", b"log-format", b"client-output-buffer-limit"}
"""The address of this very server, and what Redis does not have, or can change."""


def test_redis_has_all_settings(server, redis_server):
    """Redis knows each by this name, takes the value that it has here, and refuses the same."""
    client, real = server("s10").client(), redis_server().client()
    ours = {name: text for name, text in pairs(client).items() if name not in OUR_WAY}
    for name, text in ours.items():
        request = "CONFIG", "SET", name, text
        assert client.ask(*request) == real.ask(*request)


def in_process(code):
    state = code.s10.State()
    sessions = [
        code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)
        for _ in range(2)
    ]
    state.clients = {session.client.id: session for session in sessions}
    return state, sessions


def ask(session, *words):
    return wire.decode(session.receive(wire.encode(words)))[0]


def test_what_is_done_in_one_way_only(code):
    """A setting that would have no effect is refused; the value that holds anyway is not."""
    _, [session, _] = in_process(code)
    assert ask(session, "CONFIG", "SET", "rdbcompression", "NO") == b"OK"
    assert str(ask(session, "CONFIG", "SET", "rdbcompression", "yes")) == (
        "-ERR CONFIG SET failed (possibly related to argument 'rdbcompression')"
        " - this server knows no other value than 'no'"
    )
    assert ask(session, "CONFIG", "GET", "rdbcompression") == [b"rdbcompression", b"no"]


def test_memory_is_looked_at_now_and_then(code):
    """All clients are refused what needs memory, until there is enough again."""
    state, [one, other] = in_process(code)
    state.settings.maxmemory = 1
    assert ask(one, "SET", "k", "v") == b"OK"
    state.look_at_memory()
    for session in (one, other):
        assert ask(session, "SET", "k", "w").startswith("-OOM ")
    assert ask(other, "GET", "k") == b"v"
    state.settings.maxmemory = 2**60
    state.look_at_memory()
    assert ask(other, "SET", "k", "w") == b"OK"


def test_files_are_loaded_whatever_they_need(server):
    """A server that has too little memory holds what it held, and says so."""
    first = server("s10", "--appendonly", "yes")
    first.client().ask("SET", "k", "v")
    first.kill()
    again = server("s10", "--appendonly", "yes", "--maxmemory", "1").client()
    assert again.ask("GET", "k") == b"v"
    assert b"\r\nmaxmemory:1\r\n" in again.ask("INFO", "memory")


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
