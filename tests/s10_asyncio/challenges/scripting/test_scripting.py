"""What scripts do to other clients, to files, and to a server that they attack."""

from __future__ import annotations

import time

import pytest

from workbook import wire

BUSY = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
FUNCTION_BUSY = BUSY.replace("SCRIPT", "FUNCTION")
KILLED = "-ERR Script killed by user with SCRIPT KILL..."
LIBRARY = """#!lua name=lib
redis.register_function('forever', function() while true do end end)
redis.register_function('store', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
"""


@pytest.fixture(scope="module")
def shared(shared_server):
    """A server for all tests that leave it as it was."""
    server = shared_server("s10", "--save", "")
    server.client().ask("CONFIG", "SET", "busy-reply-threshold", "20")
    return server


@pytest.fixture
def client(shared):
    client = shared.client()
    client.ask("FLUSHALL")
    return client


def send(client, *words):
    """Sends a request, and does not wait for the reply."""
    client.send(wire.encode(words))


def until_busy(client, running):
    """Asks until the script of `running` has run for so long that others are refused."""
    deadline = time.monotonic() + 20
    while not str(reply := client.ask("PING")).startswith("-BUSY"):
        assert not running.pending(), "the script does not run"
        assert time.monotonic() < deadline
    return reply


# --- one change -----------------------------------------------------------------------------------


@pytest.mark.exercise(
    "scripting.5", why="A script that pushes twice wakes a client only at its end."
)
def test_waiting_clients_are_served_after_the_script(shared, client, until):
    """A client that waits for a list is woken at the end of a script, not in its middle."""
    waiting = shared.client()
    send(waiting, "BLPOP", "q", "0")
    until(client, "CLIENT", "LIST", good=lambda reply: b"flags=b" in reply)
    script = (
        "redis.call('RPUSH', 'q', 'a') redis.call('LPUSH', 'q', 'b') return redis.call('LLEN', 'q')"
    )
    assert client.ask("EVAL", script, "0") == 2
    assert waiting.read() == [b"q", b"b"]


@pytest.mark.exercise("scripting.5", why="What a script changes is a change to clients that watch.")
def test_a_script_overtakes_a_transaction(shared, client):
    """A script that changes a watched key makes EXEC fail."""
    other = shared.client()
    client.ask("WATCH", "k")
    other.ask("EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "k")
    client.ask("MULTI")
    client.ask("PING")
    assert client.ask("EXEC") is None


@pytest.mark.exercise(
    "scripting.5",
    why="Time stands still: a key that is there at the beginning is there at the end.",
)
def test_no_key_expires_during_a_script(client):
    """A key that expires during a script is there until its end."""
    script = """
        redis.call('SET', 'k', 'v', 'PX', 1)
        local began = redis.call('TIME')
        repeat
          local now = redis.call('TIME')
        until (now[1] - began[1]) * 1000000 + now[2] - began[2] > 20000
        return redis.call('GET', 'k')
    """
    assert client.ask("EVAL", script, "0") == b"v"
    assert client.ask("GET", "k") is None


@pytest.mark.exercise("scripting.5", why="A script may change database; its client does not.")
def test_select_ends_with_the_script(client):
    """SELECT in a script leaves the database of the client as it was."""
    client.ask("EVAL", "redis.call('SELECT', 5) redis.call('SET', 'k', 'five')", "0")
    assert client.ask("GET", "k") is None
    assert client.ask("EVAL", "return redis.call('GET', 'k')", "0") is None
    client.ask("SELECT", "5")
    assert client.ask("GET", "k") == b"five"


@pytest.mark.exercise(
    "scripting.5", why="EVAL is shown first, then its commands, with `lua` for a client."
)
def test_monitor_shows_the_commands_of_a_script(shared, client):
    """MONITOR shows EVAL, and then the commands of the script."""
    watching = shared.client()
    watching.ask("MONITOR")
    client.ask("EVAL", "return redis.call('GET', 'k')", "0")
    lines = [bytes(watching.read()) for _ in range(2)]
    assert b'"EVAL"' in lines[0]
    assert b"[0 lua]" in lines[1]
    assert b'"GET" "k"' in lines[1]


@pytest.mark.exercise(
    "scripting.5",
    why="The journal has the commands of a script, between MULTI and EXEC, and no EVAL.",
)
def test_the_journal_has_the_effects(server, redis_server, tmp_path):
    """The journal has what a script did, and not the script."""
    first = server("s10", "--appendonly", "yes")
    client = first.client()
    script = (
        "redis.call('SET', KEYS[1], ARGV[1]) redis.call('SADD', 's', 'm') redis.call('GET', 'x')"
    )
    client.ask("EVAL", script, "1", "k", "v")
    client.ask("EVAL", "return redis.call('SPOP', 's')", "0")
    client.ask("EVAL", "return redis.call('GET', 'k')", "0")
    client.ask("MULTI")
    client.ask("EVAL", "redis.call('INCR', 'n')", "0")
    client.ask("INCR", "n")
    client.ask("EXEC")
    written = b"".join(path.read_bytes() for path in tmp_path.glob("appendonlydir/*.incr.aof"))
    words = [line for line in written.split(b"\r\n") if line and line[:1] not in b"*$"]
    assert b"EVAL" not in words
    assert words[:9] == [b"SELECT", b"0", b"MULTI", b"SET", b"k", b"v", b"SADD", b"s", b"m"]
    assert words[9:] == [
        b"EXEC",
        b"SREM",
        b"s",
        b"m",
        b"MULTI",
        b"INCR",
        b"n",
        b"INCR",
        b"n",
        b"EXEC",
    ]
    first.kill()
    theirs = redis_server("--appendonly", "yes").client()
    assert theirs.ask("MGET", "k", "n") == [b"v", b"2"]
    assert theirs.ask("EXISTS", "s") == 0


# --- a script without an end ----------------------------------------------------------------------


@pytest.mark.exercise(
    "scripting.6",
    why="A script that takes too long: others get BUSY, new ones too, and may end it.",
)
def test_a_script_without_an_end(shared, client):
    """While a script runs too long, clients get BUSY, and SCRIPT KILL ends it."""
    running, other = shared.client(), shared.client()
    send(running, "EVAL", "while true do pcall(function() while true do end end) end", "0")
    send(running, "ECHO", "next")
    assert until_busy(client, running) == BUSY
    fresh = shared.client()
    assert fresh.ask("GET", "k") == BUSY
    assert fresh.ask("HELLO", "2")[0] == b"server"
    assert fresh.ask("FUNCTION", "STATS") == BUSY
    assert fresh.ask("SHUTDOWN") == BUSY
    assert other.ask("MULTI") == b"OK"
    assert other.ask("SET", "a", "b") == BUSY
    assert other.ask("EXEC") == f"-EXECABORT Transaction discarded because of: {BUSY[1:]}"
    assert fresh.ask("SCRIPT", "KILL") == b"OK"
    assert str(running.read()).startswith(KILLED)
    assert running.read() == b"next"
    assert fresh.ask("SCRIPT", "KILL") == "-NOTBUSY No scripts in execution right now."
    assert client.ask("EVAL", "return 1", "0") == 1


@pytest.mark.exercise(
    "scripting.6",
    why="BUSY is for the other clients. The commands of the script itself run on, whatever the server "
    "asks of clients, such as a password.",
)
def test_a_long_script_is_not_refused_itself(server):
    """A script that takes long goes on calling commands, also on a server with a password."""
    client = server("s10", "--save", "", "--requirepass", "pw").client()
    assert client.ask("AUTH", "pw") == b"OK"
    assert client.ask("CONFIG", "SET", "busy-reply-threshold", "1") == b"OK"
    script = "for i = 1, 5000 do redis.call('GET', 'k') end return 'done'"
    assert client.ask("EVAL", script, "0") == b"done"


@pytest.mark.exercise("scripting.6", why="Within MULTI, the commands after a killed script run.")
def test_a_transaction_goes_on_after_a_kill(shared, client):
    """A transaction goes on after one of its scripts was killed."""
    running = shared.client()
    running.ask("MULTI")
    running.ask("EVAL", "while true do end", "0")
    running.ask("INCR", "n")
    send(running, "EXEC")
    until_busy(client, running)
    assert client.ask("SCRIPT", "KILL") == b"OK"
    first, second = running.read()
    assert str(first).startswith(KILLED)
    assert second == 1


@pytest.mark.exercise(
    "scripting.6",
    why="What has written is not killed. SHUTDOWN NOSAVE ends it, and half a script is not kept.",
)
def test_shutdown_in_the_middle_of_a_script(server):
    """SHUTDOWN NOSAVE ends a script that has written, and keeps nothing of it."""
    first = server("s10", "--appendonly", "yes")
    running, client = first.client(), first.client()
    client.ask("CONFIG", "SET", "busy-reply-threshold", "20")
    client.ask("SET", "before", "1")
    send(running, "EVAL", "redis.call('SET', 'half', 1) while true do end", "0")
    until_busy(client, running)
    assert str(client.ask("SCRIPT", "KILL")).startswith("-UNKILLABLE ")
    send(client, "SHUTDOWN", "NOSAVE")
    assert first.end(20) == 0
    again = server("s10", "--appendonly", "yes").client()
    assert again.ask("MGET", "before", "half") == [b"1", None]


@pytest.mark.exercise(
    "scripting.7", why="Functions are ended by FUNCTION KILL, and by nothing else."
)
def test_a_function_without_an_end(shared, client):
    """FUNCTION KILL ends a function that runs too long."""
    client.ask("FUNCTION", "LOAD", "REPLACE", LIBRARY)
    running = shared.client()
    send(running, "FCALL", "forever", "0")
    assert until_busy(client, running) == FUNCTION_BUSY
    assert client.ask("SCRIPT", "KILL") == FUNCTION_BUSY
    stats = client.ask("FUNCTION", "STATS")
    assert stats[1][:4] == [b"name", b"forever", b"command", [b"FCALL", b"forever", b"0"]]
    assert client.ask("FUNCTION", "KILL") == b"OK"
    assert running.read() == f"{KILLED} script: forever, on @user_function:2."


@pytest.mark.exercise("scripting.7", why="The code of a library has half a second.")
def test_a_library_that_does_not_load_in_time(client):
    """A library that takes too long to load is refused."""
    code = "#!lua name=slow\nwhile true do end"
    reply = client.ask("FUNCTION", "LOAD", code)
    assert reply == "-ERR Error registering functions: ERR FUNCTION LOAD timeout"


@pytest.mark.exercise("scripting.8", why="Snapshot, journal and payload hold the libraries.")
def test_functions_stay(server, until):
    """Libraries survive a restart, and pass through FUNCTION DUMP and RESTORE."""
    options = ("s10", "--appendonly", "yes")
    first = server(*options)
    client = first.client()
    assert client.ask("FUNCTION", "LOAD", LIBRARY) == b"lib"
    payload = client.ask("FUNCTION", "DUMP")
    first.kill()
    second = server(*options)
    client = second.client()
    assert client.ask("FCALL", "store", "1", "k", "v") == b"OK"
    assert client.ask("FUNCTION", "DELETE", "lib") == b"OK"
    assert client.ask("FCALL", "store", "1", "k", "v") == "-ERR Function not found"
    assert client.ask("FUNCTION", "RESTORE", payload) == b"OK"
    assert client.ask("FUNCTION", "RESTORE", payload) == "-ERR Library lib already exists"
    client.ask("BGREWRITEAOF")
    until(client, "INFO", "persistence", good=lambda reply: b"aof_rewrite_in_progress:0" in reply)
    second.kill()
    client = server(*options).client()
    assert client.ask("FCALL", "store", "1", "k", "w") == b"OK"
    assert client.ask("FUNCTION", "DUMP") == payload


# --- attacks --------------------------------------------------------------------------------------

NOTHING = "Script attempted to access nonexistent global variable '{}'"
READONLY = "Attempt to modify a readonly table"
MEMORY = "not enough memory"

ATTACKS = {
    "files": ("return io.open('/etc/passwd')", NOTHING.format("io")),
    "processes": ("return os.execute('id')", NOTHING.format("os")),
    "code_of_files": ("return dofile('/etc/passwd')", NOTHING.format("dofile")),
    "modules": ("return require('os')", NOTHING.format("require")),
    "libraries_of_c": ("return package.loadlib('libc.so', 'system')", NOTHING.format("package")),
    "python": ("return python.builtins", NOTHING.format("python")),
    "the_debugger": ("return debug.getregistry()", NOTHING.format("debug")),
    "environments": ("return getfenv(0)", NOTHING.format("getfenv")),
    "proxies": ("return newproxy(true)", NOTHING.format("newproxy")),
    "environment_of_loaded_code": ("return loadstring('return os')()", NOTHING.format("os")),
    "bytecode": ("return {loadstring('\\27Lua')}", None),
    "attributes_of_functions": ("return redis.call.__globals__", "attempt to index field 'call'"),
    "redis_replaced": ("redis.call = function() end", READONLY),
    "redis_replaced_raw": ("rawset(redis, 'call', 1)", READONLY),
    "strings_replaced": ("getmetatable('').__index = 1", READONLY),
    "strings_replaced_behind": ("getmetatable('').__index.upper = 1", READONLY),
    "globals_replaced": ("setmetatable(_G, {__index = function() end})", READONLY),
    "globals_behind": ("getmetatable(_G).__index = nil", READONLY),
    "inserted": ("table.insert(string, 1)", READONLY),
    "doubling_string": ("local s = 'x' while true do s = s .. s end", MEMORY),
    "long_string": ("return string.rep('x', 2 ^ 31 - 1)", MEMORY),
    "long_replacement": (
        "return string.rep('x', 2 ^ 20):gsub('.+', string.rep('%0', 200))",
        MEMORY,
    ),
    "large_table": (
        "local s, t = string.rep('x', 2 ^ 20), {} for i = 1, 1e9 do t[i] = s .. i end",
        MEMORY,
    ),
    "large_reply_again_and_again": (
        (
            "redis.call('SET', 'k', string.rep('x', 2 ^ 22)) local t = {}"
            " for i = 1, 100 do t[i] = redis.call('GET', 'k') .. i end"
        ),
        MEMORY,
    ),
    "endless_recursion": ("local function f() return f() + 1 end return f()", "stack overflow"),
    "recursion_of_pcall": ("local function f() return pcall(f) end return f()", None),
    "circle_as_value": ("local t = {} t[1] = t return t", "reached lua stack limit"),
    "circle_as_json": ("local t = {} t[1] = t return cjson.encode(t)", "excessive nesting"),
    "many_empty_strings": ("return string.rep('', 2 ^ 31 - 1)", None),
    "search_in_millions": (
        "return string.find(string.rep('a', 1e6), string.rep('a', 5e5) .. 'b', 1, true)",
        "None",
    ),
    "log_of_anything": ("redis.log(redis.LOG_WARNING, {}, true, 'x')", "None"),
    "far_away_insertion": ("table.insert({}, -2 ^ 31, 1)", "position out of bounds"),
    "error_without_text": ("error({})", "unknown error"),
    "unpack_of_millions": ("return unpack({}, 1, 1e8)", "too many results to unpack"),
}


@pytest.mark.exercise(
    "scripting.6", why="A script reaches no file and no process, and not all memory."
)
@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(client, name):
    """Each attack fails, and the server goes on."""
    script, error = ATTACKS[name]
    reply = client.ask("EVAL", script, "0")
    if error is not None:
        assert error in str(reply)
    assert client.ask("EVAL", "return {string.upper('a'), redis.call('ECHO', 'b')}", "0") == [
        b"A",
        b"b",
    ]


@pytest.mark.exercise("scripting.6", why="Nothing catches the end of a script, wherever it hides.")
@pytest.mark.parametrize(
    "script",
    [
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "setmetatable({}, {__index = function() while true do end end}).x()",
        "while true do redis.pcall('GET', 'k') end",
        "while true do loadstring('while true do end')() end",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "while true do cjson.encode({1, 2, 3}) end",
        "return string.find(string.rep('a', 300), string.rep('a*', 30) .. 'b')",
        "return string.gsub(string.rep('a', 100000), '.-b', '')",
    ],
    ids=[
        "coroutine",
        "resumed",
        "handler",
        "metatable",
        "calls",
        "loaded",
        "callback",
        "library",
        "pattern",
        "replacement",
    ],
)
def test_every_script_can_be_killed(shared, client, script):
    """SCRIPT KILL ends a script wherever it hides."""
    running = shared.client()
    send(running, "EVAL", script, "0")
    until_busy(client, running)
    assert client.ask("SCRIPT", "KILL") == b"OK"
    assert str(running.read()).startswith(KILLED)
