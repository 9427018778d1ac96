"""Scripts that run on the server, one at a time: EVAL and its family.

A script is a function of Lua and a session of its own, whose commands run as those of any client do.
What is noted for the journal meanwhile is held and becomes one change; while the script runs for
too long, the loop serves other clients with an error between two of its instructions.
"""

from __future__ import annotations

import hashlib
import io
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain
from math import copysign
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from steps.s02_resp.inline import split_inline
from steps.s02_resp.values import (
    INT64_MAX,
    INT64_MIN,
    OK,
    CommandError,
    Encoded,
    NullArray,
    ProtocolError,
    Reply,
    Request,
    SimpleString,
    Verbatim,
    format_double,
    text_of,
)
from steps.s05_commands import glob
from steps.s05_commands.command import ANYTIME, Family, Flags, wrong_form
from steps.s05_commands.command import Command as AnyCommand
from steps.s05_commands.fields import Bulk, Counted, Integer, Key, OneOf, Rest, Words
from steps.s07_persistence.commands.dump import with_footer, without_footer
from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.reader import read_string
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import encode_library
from steps.s09_logging.log.levels import DEBUG, NOTICE, VERBOSE, WARNING
from steps.s10_asyncio.command import Command, Help, MayWrite
from steps.s10_asyncio.lua.interpreter import (
    LOAD,
    Function,
    Interpreter,
    LuaError,
    MissingLua,
    TooDeep,
    Value,
)
from steps.s10_asyncio.session import OUT_OF_MEMORY, Client, ClientSession
from steps.s10_asyncio.state import REDIS_VERSION, State
from steps.s10_asyncio.statistics import ScriptCounts
from steps.s10_asyncio.transaction import Queued

if TYPE_CHECKING:
    from typing import Self

NO_SCRIPT: Final = "NOSCRIPT No matching script. Please use EVAL."
NOT_BUSY: Final = "NOTBUSY No scripts in execution right now."
UNKILLABLE: Final = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either"
    " wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)
BUSY: Final = "BUSY Redis is busy running a script. You can only call {} KILL or SHUTDOWN NOSAVE."
KILLED: Final = b"ERR Script killed by user with SCRIPT KILL..."
WRITE_WITH_RO: Final = "ERR Can not execute a script with write flag using *_ro command."
TOO_DEEP: Final = "ERR reached lua stack limit"

BREATH: Final = 0.002
"""Seconds between two turns of the other clients, while a script takes too long."""

MOST_TO_LOAD: Final = 0.5
"""Seconds for the code of a library, when it is loaded. Redis: LOAD_TIMEOUT_MS."""

SHA: Final = 40
"""Digits of a SHA-1."""

LEVELS: Final = (DEBUG, VERBOSE, NOTICE, WARNING)
"""The levels of redis.log, by number."""

NO_WRITES: Final = b"no-writes"
ALLOW_OOM: Final = b"allow-oom"
FLAGS: Final = (NO_WRITES, ALLOW_OOM, b"allow-stale", b"no-cluster", b"allow-cross-slot-keys")

TO_REPLICAS: Final = (b"PUBLISH", b"SPUBLISH", b"PFCOUNT")
"""Commands that change no key, and that Redis nonetheless sends to replicas."""

MAJOR, MINOR, PATCH = map(int, REDIS_VERSION.split("."))
CONSTANTS: Final = {
    "REDIS_VERSION": REDIS_VERSION.encode(),
    "REDIS_VERSION_NUM": MAJOR << 16 | MINOR << 8 | PATCH,
    "LOG_DEBUG": 0,
    "LOG_VERBOSE": 1,
    "LOG_NOTICE": 2,
    "LOG_WARNING": 3,
    "REPL_NONE": 0,
    "REPL_AOF": 1,
    "REPL_SLAVE": 2,
    "REPL_REPLICA": 2,
    "REPL_ALL": 3,
}


DOUBLE: Final = b"%.17g"
"""In which form Redis writes a double, and a number that a script passes to a command."""


def refused(text: str) -> LuaError:
    """An error of ours, as a script meets it."""
    return LuaError({b"err": text.encode("utf-8", "surrogateescape")})


# --- values ---------------------------------------------------------------------------------------
# https://redis.io/docs/latest/develop/interact/programmability/lua-api/#data-type-conversion


def to_lua(reply: Reply, protocol: int) -> Value:
    """What redis.call returns for a reply, in the protocol that the script has chosen."""
    if type(reply) is bytes or type(reply) is int:  # `match` would ask other classes first
        return reply
    if reply is OK:
        return {b"ok": b"OK"}
    match reply:
        case SimpleString():
            return {b"ok": reply.encode()}
        case CommandError():
            return {b"err": str(reply).encode("utf-8", "surrogateescape")}
        case bytes():
            return bytes(reply)
        case None | NullArray():
            return None if protocol == 3 else False
        case bool():
            return reply if protocol == 3 else int(reply)
        case float():
            return {b"double": reply} if protocol == 3 else format_double(reply)
        case Verbatim(text, kind):
            whole: Value = {b"verbatim_string": {b"string": text, b"format": kind}}
            return whole if protocol == 3 else text
        case dict() if protocol == 3:
            return {b"map": {key_of(key): to_lua(item, 3) for key, item in reply.items()}}
        case set() | frozenset() if protocol == 3:
            return {b"set": {key_of(item): True for item in reply}}
        case dict():
            return [to_lua(item, protocol) for item in chain.from_iterable(reply.items())]
        case list() | tuple() | set() | frozenset():
            return [to_lua(item, protocol) for item in reply]
    return reply


def key_of(reply: Reply) -> Value:
    """A key of a map, as a key of a table."""
    return reply.encode() if isinstance(reply, SimpleString) else reply


def from_lua(value: Value, lua_protocol: int, protocol: int) -> Reply:
    """The reply that a script has returned, for a client that speaks `protocol`."""
    kind = type(value)  # Lua has no subclasses, and `match` would ask each class in turn
    if kind is bytes:
        return bytes(value)
    if kind is dict:
        return from_table(value, lua_protocol, protocol)
    if kind is bool:
        return bool(value) if lua_protocol == 3 else (1 if value else None)
    return truncated(value) if kind in (int, float) else None


def from_table(table: dict[Value, Value], lua_protocol: int, protocol: int) -> Reply:
    """The reply that a script has returned as a table."""
    # `match` takes several times as long to look into a mapping, and these two are frequent.
    if isinstance(text := table.get(b"err"), bytes):
        return CommandError(text_of(text.rstrip(b"\r\n")))
    if isinstance(text := table.get(b"ok"), bytes):
        return OK if text == b"OK" else SimpleString(text_of(text))
    match table:
        case {b"double": int() | float() as number} if not isinstance(number, bool):
            text = printed(DOUBLE, number)
            return Encoded(b",%b\r\n" % text) if protocol == 3 else text
        case {b"map": dict(items)}:
            return {
                from_lua(key, lua_protocol, protocol): from_lua(item, lua_protocol, protocol)
                for key, item in items.items()
            }
        case {b"set": dict(items)}:
            members = [from_lua(key, lua_protocol, protocol) for key in items]
            return set(members) if protocol == 3 else members
        case {b"big_number": bytes(digits)}:
            line = digits.replace(b"\r", b" ").replace(b"\n", b" ")
            return Encoded(b"(%b\r\n" % line) if protocol == 3 else line
        case {b"verbatim_string": {b"string": bytes(text), b"format": bytes(kind)}}:
            return Verbatim(text, kind[:3])
    return [from_lua(item, lua_protocol, protocol) for item in items_of(table)]


def items_of(table: dict[Value, Value]) -> Iterator[Value]:
    """The items of a table from 1 on, up to the first that is nil."""
    for place in range(1, len(table) + 1):
        if table.get(place) is None:
            return
        yield table[place]


def truncated(number: float) -> int:
    """A number without its fraction, as C makes a `long long` of it."""
    try:
        whole = int(number)
    except (ValueError, OverflowError):  # nan, inf
        return INT64_MIN
    return whole if INT64_MIN <= whole <= INT64_MAX else INT64_MIN


def printed(form: bytes, number: float) -> bytes:
    """A number as C prints it: unlike Python, it shows the sign of NaN."""
    return b"-nan" if number != number and copysign(1, number) < 0 else form % number


def argument(word: Value) -> bytes:
    """A word of a request, as a script gave it."""
    if isinstance(word, bytes):
        return word
    if isinstance(word, int | float) and not isinstance(word, bool):
        return printed(DOUBLE, word)
    raise refused("ERR Lua redis lib command arguments must be strings or integers")


# --- running --------------------------------------------------------------------------------------


@cache  # testing flags is slow
def permission(command: type[AnyCommand]) -> tuple[bool, bool, bool]:
    """Whether scripts may call a command, whether it writes, if only to replicas, and needs memory."""
    allowed = not command.flags & Flags.NOSCRIPT
    grows = Flags.DENYOOM in command.flags
    return allowed, command.writes or command.name in TO_REPLICAS, grows


@dataclass(slots=True)
class Run:
    """A script that is running."""

    caller: ClientSession
    command: Command
    """EVAL, FCALL and those like them."""
    name: bytes
    """What errors call it: its SHA-1, or the name of the function."""
    family: str
    """SCRIPT or FUNCTION: whose KILL ends it."""
    read_only: bool
    may_grow: bool
    """Whether it has the flag for commands that need memory, though there is too little."""
    began: int
    """In milliseconds, by the clock of the server."""
    wrote: bool = False
    killed: bool = False
    served: float = 0
    """When the other clients had their last turn."""


class ScriptSession(ClientSession):
    """The session in which the commands of scripts run: none of them waits."""

    def __init__(self, state: State) -> None:
        super().__init__(state, Client("lua", "lua"), lambda data: None)
        self.executing = self.authenticated = True
        self.scripted = True
        self.running: Run | None = None

    def guard(self) -> None:
        """Nothing to check: the client who calls the script was in the right situation."""

    def parse(self, request: Request) -> AnyCommand:
        """Parses a request, if scripts may send it. That they may not is said before other errors."""
        try:
            command = ClientSession.parse(self, request)
        except Exception:
            kind = self.state.registry.lookup(request)
            if kind is None:
                raise self.refusal("ERR Unknown Redis command called from script") from None
            count, arity = len(request), kind.arity
            if count != arity if arity > 0 else count < -arity:
                text = "ERR Wrong number of args calling Redis command from script"
                raise self.refusal(text) from None
            self.admit(kind)
            raise
        self.admit(type(command))
        return command

    def admit(self, command: type[AnyCommand]) -> None:
        """Raises CommandError if the script may not send such a command."""
        allowed, writes, grows = permission(command)
        if not allowed:
            raise self.refusal("ERR This Redis command is not allowed from script")
        run = self.running
        if run and writes:
            if run.read_only:
                raise self.refusal("ERR Write commands are not allowed from read-only scripts.")
            if grows and not (run.wrote or run.may_grow) and self.state.refuses_growth():
                raise self.refusal(OUT_OF_MEMORY)
            run.wrote = run.wrote or command.writes

    def refusal(self, text: str) -> CommandError:
        """The error for a request of a script that is not run."""
        self.rejected = True
        return CommandError(text)


@dataclass(frozen=True)
class Script:
    """A script in the cache."""

    sha: bytes
    body: bytes
    function: Function
    flags: frozenset[bytes] | None
    """None: it has no line with flags."""


class Scripting:
    """What the server keeps for scripts."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.session = ScriptSession(state)
        self.scripts: dict[bytes, Script] = {}
        self.by_body: dict[bytes, Script] = {}
        """The same scripts: to compare a text takes a tenth of the time that its SHA-1 takes."""
        self.told: set[str] = set()
        """The errors of commands of the script, which INFO has counted already."""
        self.loading: Library | None = None
        for database in state.databases.values():
            database.clock = self.time
        state.count_scripts = self.counts

    def time(self) -> int:
        """The clock of the databases. It stands still while a script runs.

        So no key expires between two commands of a script.
        """
        run = self.session.running
        return run.began if run else self.state.clock()

    @cached_property
    def lua(self) -> Interpreter:
        """The Lua of scripts. Raises CommandError if lupa is not installed."""
        lua = self.new_lua()
        compatible = {
            "replicate_commands": lambda *ignored: True,
            "breakpoint": lambda *ignored: False,
            "debug": lambda *ignored: None,
        }
        lua.library("redis", {**self.functions_of_redis(), **compatible}, CONSTANTS)
        return lua

    @cached_property
    def function_lua(self) -> Interpreter:
        """The Lua of functions: another one, as their globals are others."""
        lua = self.new_lua()
        functions = self.functions_of_redis()
        lua.library("redis", functions, CONSTANTS)
        while_loading = {"register_function": self.register, "log": functions["log"]}
        lua.library("redis", while_loading, CONSTANTS, LOAD)
        return lua

    @cached_property
    def functions(self) -> Functions:
        """The functions, at first those that the files held."""
        found = Functions()
        for code in self.state.databases[0].libraries:
            found = found.with_library(self.loaded(code), replace=True)
        return found

    def new_lua(self) -> Interpreter:
        """A Lua without the library `redis`."""
        try:
            return Interpreter(self.tick)
        except MissingLua as missing:
            raise CommandError(f"ERR {missing}") from missing

    def counts(self) -> ScriptCounts:
        """What INFO says. It starts no Lua that nobody has needed yet."""
        begun = self.__dict__
        libraries = self.functions.libraries.values() if "functions" in begun else ()
        return ScriptCounts(
            scripts=len(self.scripts),
            functions=sum(len(library.functions) for library in libraries),
            libraries=len(libraries),
            script_texts=sum(
                len(script.sha) + len(script.body) for script in self.by_body.values()
            ),
            function_texts=sum(len(library.code) for library in libraries),
            script_lua=self.lua.memory() if "lua" in begun else 0,
            function_lua=self.function_lua.memory() if "function_lua" in begun else 0,
        )

    def script(self, body: bytes) -> Script:
        """The script with that text, compiled if it is new. Raises CommandError."""
        script = self.by_body.get(body)
        if script is None:
            sha = hashlib.sha1(body).hexdigest().encode()
            flags, code = shebang(body)
            try:
                function = self.lua.compile(code, b"@user_script")
            except LuaError as error:
                raise CommandError(
                    f"ERR Error compiling script (new function): {text_of(error.value)}"
                ) from error
            script = self.scripts[sha] = self.by_body[body] = Script(sha, body, function, flags)
        return script

    def forget_scripts(self) -> None:
        """SCRIPT FLUSH: the cache is empty, and Lua is a new one."""
        self.scripts.clear()
        self.by_body.clear()
        self.__dict__.pop("lua", None)

    def evaluate(self, caller: ClientSession, command: Evaluation, script: Script) -> Reply:
        """EVAL: runs a script for a client."""
        flags, read_only, may_grow = script.flags, command.reads_only, False
        if flags is not None:
            may_grow = self.may_grow(flags, caller)
            if read_only and NO_WRITES not in flags:
                raise CommandError(WRITE_WITH_RO)
            read_only = NO_WRITES in flags
        now = self.state.clock()
        run = Run(caller, command, script.sha, "SCRIPT", read_only, may_grow, now)
        return self.run(run, self.lua.run, script.function, command.names, command.arguments)

    def loaded(self, code: bytes) -> Library:
        """The library with that code, which runs to register its functions. Raises CommandError."""
        name, body = metadata(code)
        library = self.loading = Library(name, code)
        lua = self.function_lua
        try:
            chunk = lua.compile(body, b"@user_function")
        except LuaError as error:
            self.loading = None
            raise CommandError(f"ERR Error compiling function: {text_of(error.value)}") from error
        try:
            with lua.loading():
                lua.call(chunk)
        except LuaError as error:
            raise CommandError(REGISTERING + str(failure(error.value, b""))) from error
        finally:
            self.loading = None
        if not library.functions:
            raise CommandError("ERR No functions registered")
        return library

    def register(self, *words: Value) -> None:
        """redis.register_function, which exists only while a library is loaded."""
        if self.loading is None:  # a function has kept the library from the time when it was loaded
            raise refused("ERR redis.register_function can only be called on FUNCTION LOAD command")
        self.loading.register(*map(self.function_lua.shown, words))

    def change_functions(self, session: ClientSession, functions: Functions) -> None:
        """From now on there are other functions."""
        self.functions = functions
        codes = [library.code for library in functions.libraries.values()]
        self.state.databases[0].libraries = codes
        session.store.count(1)

    def call_function(self, caller: ClientSession, command: FunctionCall) -> Reply:
        """FCALL: runs a function for a client."""
        function = self.functions.by_name().get(command.function.lower())
        if function is None:
            raise CommandError(NO_FUNCTION)
        may_grow = self.may_grow(function.flags, caller)
        if command.fault:
            raise command.fault
        read_only = NO_WRITES in function.flags
        if command.reads_only and not read_only:
            raise CommandError(WRITE_WITH_RO)
        now = self.state.clock()
        run = Run(caller, command, function.name, "FUNCTION", read_only, may_grow, now)
        lua = self.function_lua
        return self.run(run, lua.call, function.callback, command.names, command.arguments)

    def may_grow(self, flags: frozenset[bytes], caller: ClientSession) -> bool:
        """Whether code with these flags may use memory of which there is too little.

        Raises CommandError if there is, and the flags say neither that nor that it writes nothing.
        """
        if self.state.refuses_growth() and not flags & {ALLOW_OOM, NO_WRITES}:
            caller.rejected = True
            raise CommandError(OUT_OF_MEMORY)
        return ALLOW_OOM in flags

    def run(self, run: Run, call: Callable[..., Value], *words: Value) -> Reply:
        """Runs a script from its beginning to its end: all that it changes is one change."""
        state, session, caller = self.state, self.session, run.caller
        if session.index != caller.index:
            session.select(caller.index)
        session.protocol = 2
        if state.monitors:
            self.show(run)
        session.running = run
        self.told.clear()
        try:
            with state.files.together as held:
                try:
                    value = call(*words)
                except LuaError:
                    if state.stopping:
                        held.clear()  # as if the script had never begun
                    raise
        except LuaError as error:
            return self.counted(run.command, failure(error.value, run.name))
        except TooDeep:
            return self.counted(run.command, CommandError(TOO_DEEP))
        finally:
            session.running = None
            if state.busy:
                self.end_busy(run)
            if session.wrote:
                caller.wrote, session.wrote = True, False
        reply = from_lua(value, session.protocol, caller.protocol)
        return self.counted(run.command, reply) if isinstance(reply, CommandError) else reply

    def counted(self, command: Command, reply: CommandError) -> CommandError:
        """The error of a script. INFO counts it, unless a command had this error."""
        self.state.statistics.count_failure(type(command), ran=True, rejected=False)
        if not str(reply).startswith(tuple(self.told)):
            self.state.statistics.count_error(str(reply))
        return reply

    def show(self, run: Run) -> None:
        """Shows monitoring clients the request before the commands of the script."""
        shown = Queued(Eval, run.command.request)
        for show in list(self.state.monitors.values()):
            show(run.caller, shown)

    # --- a script that takes too long ---------------------------------------------------------

    def tick(self) -> bytes | None:
        """Called now and then while a script runs; says why it has to end, if it has to.

        From the threshold on, the other clients are served, mostly with an error.
        """
        run, state = self.session.running, self.state
        if self.loading and monotonic() - self.loading.began > MOST_TO_LOAD:
            return b"ERR FUNCTION LOAD timeout"
        if run is None:
            return None
        if not state.busy:
            milliseconds = state.clock() - run.began
            if milliseconds < state.settings.busy_reply_threshold:
                return None
            state.log(WARNING, "slow script", script=run.name, milliseconds=milliseconds)
            run.caller.paused = True
            run.caller.client.stop_reading()
            state.set_busy(BUSY.format(run.family))
        if (now := monotonic()) > run.served + BREATH:
            state.turn()
            run.served = now
        ends = state.stopping == "now" or (state.stopping and not run.wrote)
        return KILLED if run.killed or ends else None

    def end_busy(self, run: Run) -> None:
        """The script that took too long has ended: the other clients are served as usual."""
        self.state.set_busy("")
        run.caller.paused = run.caller.closing
        self.state.later(0, lambda: run.caller.send(b""))  # its connection reads on

    def kill(self, family: str) -> Reply:
        """SCRIPT KILL, FUNCTION KILL: ends the script that is running."""
        run = self.session.running
        if run is None:
            raise CommandError(NOT_BUSY)
        if run.wrote:
            raise CommandError(UNKILLABLE)
        if run.family != family:
            raise CommandError(BUSY.format(run.family))
        run.killed = True
        return OK

    # --- the library `redis` --------------------------------------------------------------------
    # https://redis.io/docs/latest/develop/interact/programmability/lua-api/

    def functions_of_redis(self) -> dict[str, Callable[..., Value]]:
        """The functions of the library that scripts and functions have in common."""
        return {
            "call": self.call,
            "pcall": self.call_protected,
            "error_reply": error_reply,
            "status_reply": status_reply,
            "sha1hex": sha1hex,
            "log": self.log,
            "setresp": self.set_protocol,
            "set_repl": set_replication,
            "acl_check_cmd": self.check_permission,
        }

    def call(self, *words: Value) -> Value:
        """redis.call: runs a command. Its error is an error of the script."""
        if not words:
            raise refused("ERR Please specify at least one argument for this redis lib call")
        request = [word if type(word) is bytes else argument(word) for word in words]
        reply = self.session.answer(request)
        if isinstance(reply, CommandError):
            self.told.add(str(reply))
            raise refused(str(reply))
        return to_lua(reply, self.session.protocol)

    def call_protected(self, *words: Value) -> Value:
        """redis.pcall: runs a command. Its error is what it returns."""
        try:
            return self.call(*words)
        except LuaError as error:
            return error.value

    def log(self, *words: Value) -> None:
        """redis.log: a line in the log of the server."""
        if len(words) < 2:
            raise refused("ERR redis.log() requires two arguments or more.")
        level, *rest = words
        if not isinstance(level, int | float) or isinstance(level, bool):
            raise refused("ERR First argument must be a number (log level).")
        if not 0 <= level < len(LEVELS):
            raise refused("ERR Invalid debug level.")
        texts = [text for word in rest if (text := text_or_none(word)) is not None]
        self.state.log(LEVELS[int(level)], "script", says=b" ".join(texts))

    def set_protocol(self, *words: Value) -> None:
        """redis.setresp: in which protocol the replies of commands come."""
        if len(words) != 1:
            raise refused("ERR redis.setresp() requires one argument.")
        if words[0] not in (2, 3):
            raise refused("ERR RESP version must be 2 or 3.")
        self.session.protocol = int(words[0])

    def check_permission(self, *words: Value) -> bool:
        """redis.acl_check_cmd: there is one user, who may do everything that there is."""
        if not words:
            raise refused("ERR Please specify at least one argument for this redis lib call")
        if self.state.registry.lookup([argument(word) for word in words]) is None:
            raise refused("ERR Invalid command passed to redis.acl_check_cmd()")
        return True


def failure(problem: Value, name: bytes) -> CommandError:
    """The reply for a script that ended with an error."""
    if not isinstance(problem, dict):  # Lua had no memory left for a table
        what = text_of(problem) if isinstance(problem, bytes) else "execution failure"
        return CommandError(f"ERR Error running script {text_of(name)}, {what}")
    text = problem.get(b"err", b"ERR unknown error")
    message = text_of(text) if isinstance(text, bytes) else str(text)
    source, line = problem.get(b"source"), problem.get(b"line")
    if source and line and name:
        message += f" script: {text_of(name)}, on {text_of(source)}:{line}."
    return CommandError(message)


def error_reply(*words: Value) -> Value:
    """redis.error_reply: an error to return."""
    if len(words) != 1 or not isinstance(words[0], bytes):
        return {b"err": b"ERR wrong number or type of arguments"}
    text = words[0].partition(b"\0")[0].removeprefix(b"-").rstrip(b"\r\n")
    return {b"err": text if b" " in text else b"ERR " + text}  # one word is not a code and a text


def status_reply(*words: Value) -> Value:
    """redis.status_reply: a status to return."""
    if len(words) != 1 or not isinstance(words[0], bytes):
        return {b"err": b"ERR wrong number or type of arguments"}
    return {b"ok": words[0]}


def sha1hex(*words: Value) -> bytes:
    """redis.sha1hex: the SHA-1 of a string, in digits."""
    if len(words) != 1:
        raise refused("ERR wrong number of arguments")
    text = words[0] if isinstance(words[0], bytes) else number_text(words[0])
    return hashlib.sha1(text).hexdigest().encode()


def number_text(value: Value) -> bytes:
    """A number as Lua writes it; b"" for any other value."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return printed(b"%.14g", value) if is_number else b""


def set_replication(*words: Value) -> None:
    """redis.set_repl: changes nothing, as there are no replicas."""
    if len(words) != 1:
        raise refused("ERR redis.set_repl() requires two arguments.")
    flags = words[0] if isinstance(words[0], int | float) else 0
    if flags not in range(4):
        raise refused(
            "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
        )


def shebang(body: bytes) -> tuple[frozenset[bytes] | None, bytes]:
    """The flags in the first line of a script, None without such a line, and the code after it."""
    if not body.startswith(b"#!"):
        return None, body
    (engine, *options), code = heading(
        body, "ERR Invalid script shebang", "ERR Invalid engine in script shebang"
    )
    if engine != b"#!lua":
        raise CommandError(f"ERR Unexpected engine in script shebang: {text_of(engine)}")
    flags: set[bytes] = set()
    for option in options:
        if not option.startswith(b"flags="):
            raise CommandError(f"ERR Unknown lua shebang option: {text_of(option)}")
        for flag in option.removeprefix(b"flags=").split(b","):
            if flag and flag not in FLAGS:
                raise CommandError(f"ERR Unexpected flag in script shebang: {text_of(flag)}")
            flags.add(flag)
    return frozenset(flags), code


def heading(code: bytes, unfinished: str, unbalanced: str) -> tuple[list[bytes], bytes]:
    """The words of the first line, which may be quoted, and what follows, with its line break.

    The two errors are for a line that does not end, as at a zero byte, which ends a text in C, and
    for quotes that do not match.
    """
    line, newline, rest = code.partition(b"\n")
    if not newline or b"\0" in line:
        raise CommandError(unfinished)
    try:
        return split_inline(line), newline + rest
    except ProtocolError:
        raise CommandError(unbalanced) from None


def scripting(session: ClientSession) -> Scripting:
    """What the server of a session keeps for scripts."""
    state = session.state
    if state.scripting is None:
        state.scripting = Scripting(state)
    kept: Scripting = state.scripting
    return kept


# --- commands -------------------------------------------------------------------------------------

RUNS: Final = Flags.NOSCRIPT | Flags.STALE | Flags.SKIP_MONITOR | Flags.NO_MANDATORY_KEYS
RUNS_READ_ONLY: Final = RUNS | Flags.READONLY
ABOUT: Final = Flags.NOSCRIPT

MANY_KEYS: Final = "ERR Number of keys can't be greater than number of args"
NEGATIVE: Final = "ERR Number of keys can't be negative"
NUMKEYS: Final = Integer(low=0, range_error=NEGATIVE)


class ScriptingCommand(Command, abstract=True):
    """A command of the group `scripting`."""

    group = "scripting"


class Runs(ScriptingCommand, MayWrite, abstract=True):
    """A command that runs a script, which may write unless its flags say something else."""

    reads_only: ClassVar[bool] = False

    @classmethod
    def may_write(cls, request: Request, session: ClientSession) -> bool:
        flags = cls.flags_in(request, scripting(session))
        return not cls.reads_only if flags is None else NO_WRITES not in flags

    @classmethod
    @abstractmethod
    def flags_in(cls, request: Request, kept: Scripting) -> frozenset[bytes] | None:
        """The flags of the script that a request names, if it has any."""


class Keys(Counted[bytes]):
    """A number, which may be 0, and that many keys."""

    least = 1


class Evaluation(Runs, abstract=True, flags=RUNS):
    """EVAL and those like it."""

    script = Bulk()
    names = Keys(Key(), count=NUMKEYS, short=MANY_KEYS)
    arguments = Rest(Bulk(), least=0)

    @classmethod
    def parse(cls, request: Request) -> Self:
        # As the fields say. To go through them would take as long as a small script.
        command = cls()
        command.script = request[1]
        end = 3 + NUMKEYS.convert(request[2])
        if end > len(request):
            raise CommandError(MANY_KEYS)
        command.names, command.arguments = request[3:end], request[end:]
        return command

    def execute(self, session: ClientSession) -> Reply:
        kept = scripting(session)
        return kept.evaluate(session, self, self.found(kept))

    def found(self, kept: Scripting) -> Script:
        """The script to run. Raises CommandError."""
        return kept.script(self.script)

    @classmethod
    def flags_in(cls, request: Request, kept: Scripting) -> frozenset[bytes] | None:
        with suppress(CommandError):
            return shebang(request[1])[0]
        return None


class Eval(Evaluation):
    """Runs a script."""


class EvalRo(Evaluation, name="EVAL_RO", flags=RUNS_READ_ONLY):
    """Runs a script that writes nothing."""

    reads_only = True
    reads = False


class EvalSha(Evaluation):
    """Runs a script that the server knows, by its SHA-1."""

    @classmethod
    def parse(cls, request: Request) -> Self:
        # A word of another length names no script: said before any other error.
        if len(request[1]) != SHA:
            raise CommandError(NO_SCRIPT)
        return super().parse(request)

    def found(self, kept: Scripting) -> Script:
        script = kept.scripts.get(self.script.lower())
        if script is None:
            raise CommandError(NO_SCRIPT)
        return script

    @classmethod
    def flags_in(cls, request: Request, kept: Scripting) -> frozenset[bytes] | None:
        script = kept.scripts.get(request[1].lower())
        return script.flags if script else None


class EvalShaRo(EvalSha, name="EVALSHA_RO", flags=RUNS_READ_ONLY):
    """Runs a script that the server knows and that writes nothing, by its SHA-1."""

    reads_only = True
    reads = False


class ScriptFamily(ScriptingCommand, Family, name="SCRIPT", flags=Flags.NONE):
    """The cache of scripts."""


class ScriptLoad(ScriptingCommand, name="SCRIPT LOAD", flags=ABOUT | Flags.STALE):
    """Compiles a script without running it, and returns its SHA-1."""

    tips = ("request_policy:all_nodes", "response_policy:all_succeeded")
    script = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        return scripting(session).script(self.script).sha


class ScriptExists(ScriptingCommand, name="SCRIPT EXISTS", flags=ABOUT):
    """Which of the scripts the server knows: 1 or 0 for each."""

    tips = ("request_policy:all_shards", "response_policy:agg_logical_and")
    shas = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        known = scripting(session).scripts
        return [int(sha.lower() in known) for sha in self.shas]


class ScriptFlush(ScriptingCommand, name="SCRIPT FLUSH", flags=ABOUT):
    """Forgets all scripts."""

    tips = ("request_policy:all_nodes", "response_policy:all_succeeded")
    how = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        if len(self.how) > 1 or (self.how and self.how[0].upper() not in (b"SYNC", b"ASYNC")):
            raise CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
        kept = scripting(session)
        kept.forget_scripts()
        return OK


class ScriptKill(ScriptingCommand, name="SCRIPT KILL", flags=ABOUT | Flags.ALLOW_BUSY):
    """Ends the script that is running, unless it has written."""

    tips = ("request_policy:all_shards", "response_policy:one_succeeded")

    def execute(self, session: ClientSession) -> Reply:
        return scripting(session).kill("SCRIPT")


class ScriptDebug(ScriptingCommand, name="SCRIPT DEBUG", flags=ABOUT):
    """Accepts NO only, since this server has no debugger."""

    mode = OneOf("YES", "SYNC", "NO", error="ERR Use SCRIPT DEBUG YES/SYNC/NO")

    def execute(self, session: ClientSession) -> Reply:
        if self.mode != "NO":
            raise CommandError("ERR this server has no debugger for scripts")
        return OK


class ScriptHelp(Help, name="SCRIPT HELP", flags=ANYTIME):
    """Says which subcommands there are."""

    group = "scripting"


# --- functions ------------------------------------------------------------------------------------
# https://redis.io/docs/latest/develop/interact/programmability/functions-intro/

NO_FUNCTION: Final = "ERR Function not found"
BAD_NUMBER: Final = "ERR Bad number of keys provided"
BAD_NAME: Final = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one"
    " character long"
)
REGISTERING: Final = "ERR Error registering functions: "
POLICIES: Final = (b"APPEND", b"REPLACE", b"FLUSH")

NAME: Final = re.compile(rb"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Registered:
    """A function of a library."""

    name: bytes
    callback: Function
    description: bytes | None
    flags: frozenset[bytes]


@dataclass
class Library:
    """Functions that were loaded together."""

    name: bytes
    code: bytes
    functions: dict[bytes, Registered] = field(default_factory=dict)
    began: float = field(default_factory=monotonic)

    def register(self, *words: Value) -> None:
        """redis.register_function, while the code of the library runs."""
        named = self.named(*words)
        if not NAME.fullmatch(named.name):
            raise refused(BAD_NAME)
        if named.name in self.functions:
            raise refused("ERR Function already exists in the library")
        self.functions[named.name] = named

    def named(self, *words: Value) -> Registered:
        """The function that the arguments of redis.register_function describe."""
        match words:
            case [dict() as named]:
                return with_names(named)
            case [_]:
                raise refused(
                    "ERR calling redis.register_function with a single argument is only applicable"
                    " to Lua table (representing named arguments)."
                )
            case [name, callback]:
                if (text := text_or_none(name)) is None:
                    raise refused("ERR first argument to redis.register_function must be a string")
                if not callable(callback):
                    raise refused(
                        "ERR second argument to redis.register_function must be a function"
                    )
                return Registered(text, callback, None, frozenset())
        raise refused("ERR wrong number of arguments to redis.register_function")


def text_or_none(value: Value) -> bytes | None:
    """A string, or a number as Lua writes it; None for any other value."""
    return value if isinstance(value, bytes) else number_text(value) or None


def with_names(arguments: dict[Value, Value]) -> Registered:
    """The function that a table of named arguments describes."""
    name = callback = description = None
    flags: frozenset[bytes] = frozenset()
    for key, value in arguments.items():
        match key:
            case b"function_name":
                name = text_or_none(value)
                if name is None:
                    raise refused(ARGUMENT.format("function_name", "a string"))
            case b"description":
                description = text_or_none(value)
                if description is None:
                    raise refused(ARGUMENT.format("description", "a string"))
            case b"callback":
                callback = value
                if not callable(value):
                    raise refused(ARGUMENT.format("callback", "a function"))
            case b"flags":
                flags = flags_of(value)
            case _:
                raise refused("ERR unknown argument given to redis.register_function")
    if name is None:
        raise refused("ERR redis.register_function must get a function name argument")
    if callback is None:
        raise refused("ERR redis.register_function must get a callback argument")
    return Registered(name, callback, description, flags)


ARGUMENT: Final = "ERR {} argument given to redis.register_function must be {}"


def flags_of(value: Value) -> frozenset[bytes]:
    """The flags of a function."""
    if not isinstance(value, dict):
        raise refused(
            "ERR flags argument to redis.register_function must be a table representing function"
            " flags"
        )
    flags = frozenset(items_of(value))
    if not flags <= frozenset(FLAGS):
        raise refused("ERR unknown flag given")
    return flags


def metadata(code: bytes) -> tuple[bytes, bytes]:
    """The name of a library, from its first line, and the code after it. Raises CommandError."""
    if not code.startswith(b"#!"):
        raise CommandError("ERR Missing library metadata")
    invalid = "ERR Invalid library metadata"
    (engine, *options), rest = heading(code, invalid, invalid)
    name: bytes | None = None
    for option in options:
        if not option.lower().startswith(b"name="):
            raise CommandError(f"ERR Invalid metadata value given: {text_of(option)}")
        if name is not None:
            raise CommandError("ERR Invalid metadata value, name argument was given multiple times")
        name = option[len(b"name=") :]
    if name is None:
        raise CommandError("ERR Library name was not given")
    if not NAME.fullmatch(name):
        raise CommandError(BAD_NAME)
    if engine[2:].lower() != b"lua":
        raise CommandError(f"ERR Engine '{text_of(engine[2:])}' not found")
    return name, rest


@dataclass
class Functions:
    """The libraries of a server, each name once, and all functions by name."""

    libraries: dict[bytes, Library] = field(default_factory=dict)

    def by_name(self) -> dict[bytes, Registered]:
        """All functions; names are the same in any case."""
        return {
            name.lower(): one
            for library in self.libraries.values()
            for name, one in library.functions.items()
        }

    def refuse_name(self, name: bytes) -> None:
        """Raises CommandError if there is a library of that name."""
        if name in self.libraries:
            raise CommandError(f"ERR Library '{text_of(name)}' already exists")

    def with_library(self, library: Library, replace: bool) -> Functions:
        """The same with one library more. Raises CommandError."""
        if not replace:
            self.refuse_name(library.name)
        rest = Functions({n: one for n, one in self.libraries.items() if n != library.name})
        taken = rest.by_name()
        for name in library.functions:
            if name.lower() in taken:
                raise CommandError(f"ERR Function {text_of(name)} already exists")
        return Functions({**rest.libraries, library.name: library})

    def restored(self, library: Library, replace: bool) -> Functions:
        """As `with_library`, in the words of FUNCTION RESTORE."""
        if library.name in self.libraries and not replace:
            raise CommandError(f"ERR Library {text_of(library.name)} already exists")
        return self.with_library(library, replace)


CHANGES: Final = Flags.WRITE | Flags.NOSCRIPT
GROWS: Final = CHANGES | Flags.DENYOOM
TO_ALL: Final = ("request_policy:all_shards", "response_policy:all_succeeded")


class FunctionCall(Runs, abstract=True, flags=RUNS):
    """FCALL and FCALL_RO."""

    fault: CommandError | None = None
    function = Bulk()
    names = Keys(
        Key(),
        count=Integer(low=0, error=BAD_NUMBER, range_error=NEGATIVE),
        short=MANY_KEYS,
    )
    arguments = Rest(Bulk(), least=0)

    @classmethod
    def parse(cls, request: Request) -> Self:
        # That there is no such function is said first.
        try:
            return super().parse(request)
        except CommandError as error:
            command = cls()
            command.function = request[1]
            command.fault = error
            return command

    @classmethod
    def flags_in(cls, request: Request, kept: Scripting) -> frozenset[bytes] | None:
        function = kept.functions.by_name().get(request[1].lower())
        return function.flags if function else None

    def execute(self, session: ClientSession) -> Reply:
        return scripting(session).call_function(session, self)


class FCall(FunctionCall):
    """Calls a function."""


class FCallRo(FunctionCall, name="FCALL_RO", flags=RUNS_READ_ONLY):
    """Calls a function that writes nothing."""

    reads_only = True
    reads = False


class FunctionFamily(ScriptingCommand, Family, name="FUNCTION", flags=Flags.NONE):
    """The functions, which are kept with the data."""


class FunctionLoad(ScriptingCommand, name="FUNCTION LOAD", flags=GROWS):
    """Adds a library of functions, and returns its name."""

    tips = TO_ALL
    parts = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        *options, code = self.parts
        for option in options:
            if option.upper() != b"REPLACE":
                raise CommandError(f"ERR Unknown option given: {text_of(option)}")
        kept = scripting(session)
        name, _ = metadata(code)
        if not options:
            kept.functions.refuse_name(name)
        changed = kept.functions.with_library(kept.loaded(code), replace=bool(options))
        kept.change_functions(session, changed)
        return name


class FunctionDelete(ScriptingCommand, name="FUNCTION DELETE", flags=CHANGES):
    """Removes a library with its functions."""

    tips = TO_ALL
    library = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        kept = scripting(session)
        rest = dict(kept.functions.libraries)
        if rest.pop(self.library, None) is None:
            raise CommandError("ERR Library not found")
        kept.change_functions(session, Functions(rest))
        return OK


class FunctionFlush(ScriptingCommand, name="FUNCTION FLUSH", flags=CHANGES):
    """Removes all libraries."""

    tips = TO_ALL
    how = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        if len(self.how) > 1:
            raise wrong_form(self.request)
        if self.how and self.how[0].upper() not in (b"SYNC", b"ASYNC"):
            raise CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
        kept = scripting(session)
        kept.change_functions(session, Functions())
        kept.__dict__.pop("function_lua", None)
        return OK


class FunctionList(ScriptingCommand, name="FUNCTION LIST", flags=Flags.NOSCRIPT):
    """The libraries and their functions; with WITHCODE their code, too."""

    tips = ("nondeterministic_output_order",)
    options = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        pattern, with_code = self.wanted()
        fits = glob.compiled(pattern).fullmatch if pattern is not None else None
        libraries = scripting(session).functions.libraries.values()
        return [
            described(library, with_code, session.protocol)
            for library in libraries
            if fits is None or fits(library.name)
        ]

    def wanted(self) -> tuple[bytes | None, bool]:
        """The pattern, if one is given, and whether WITHCODE is."""
        pattern, with_code = None, False
        words = Words(self.options)
        while words:
            word = words.next()
            if word.upper() == b"WITHCODE" and not with_code:
                with_code = True
            elif word.upper() == b"LIBRARYNAME" and pattern is None:
                if not words:
                    raise CommandError("ERR library name argument was not given")
                pattern = words.next()
            else:
                raise CommandError(f"ERR Unknown argument {text_of(word)}")
        return pattern, with_code


def described(library: Library, with_code: bool, protocol: int) -> Reply:
    """What FUNCTION LIST says of a library."""
    functions: list[Reply] = []
    for one in library.functions.values():
        flags = [SimpleString(text_of(flag)) for flag in FLAGS if flag in one.flags]
        functions.append(
            {
                b"name": one.name,
                b"description": one.description,
                b"flags": flags if protocol == 2 else set(flags),
            }
        )
    facts: dict[bytes, Reply] = {
        b"library_name": library.name,
        b"engine": b"LUA",
        b"functions": functions,
    }
    return {**facts, b"library_code": library.code} if with_code else facts


class FunctionStats(
    ScriptingCommand, name="FUNCTION STATS", flags=Flags.NOSCRIPT | Flags.ALLOW_BUSY
):
    """The function that is running, and how many there are."""

    tips = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")

    def execute(self, session: ClientSession) -> Reply:
        kept = scripting(session)
        run = kept.session.running
        if run and run.family == "SCRIPT":
            raise CommandError(BUSY.format("SCRIPT"))
        running: Reply = None
        if run:
            running = {
                b"name": run.name,
                b"command": run.command.request,
                b"duration_ms": session.state.clock() - run.began,
            }
        counts = {
            b"libraries_count": len(kept.functions.libraries),
            b"functions_count": len(kept.functions.by_name()),
        }
        return {b"running_script": running, b"engines": {b"LUA": counts}}


class FunctionKill(ScriptingCommand, name="FUNCTION KILL", flags=ABOUT | Flags.ALLOW_BUSY):
    """Ends the function that is running, unless it has written."""

    tips = ("request_policy:all_shards", "response_policy:one_succeeded")

    def execute(self, session: ClientSession) -> Reply:
        return scripting(session).kill("FUNCTION")


class FunctionDump(ScriptingCommand, name="FUNCTION DUMP", flags=Flags.NOSCRIPT):
    """All libraries as bytes that FUNCTION RESTORE takes."""

    def execute(self, session: ClientSession) -> Reply:
        libraries = scripting(session).functions.libraries.values()
        return with_footer(b"".join(encode_library(one.code) for one in libraries))


class FunctionRestore(ScriptingCommand, name="FUNCTION RESTORE", flags=GROWS):
    """Adds the libraries of a payload; the policy says what happens to those that are there."""

    tips = TO_ALL
    payload = Bulk()
    policy = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        if len(self.policy) > 1:
            raise wrong_form(self.request)
        policy = self.policy[0].upper() if self.policy else b"APPEND"
        if policy not in POLICIES:
            raise CommandError(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
            )
        kept = scripting(session)
        functions = Functions() if policy == b"FLUSH" else kept.functions
        for code in libraries_in(without_footer(self.payload)):
            functions = functions.restored(kept.loaded(code), replace=policy == b"REPLACE")
        kept.change_functions(session, functions)
        return OK


def libraries_in(body: bytes) -> list[bytes]:
    """The codes in the payload of FUNCTION DUMP. Raises CommandError."""
    source = Source(io.BytesIO(body), "")
    codes = []
    try:
        while source.left:
            if source.byte() != rdb.FUNCTION:
                raise CommandError("ERR given type is not a function")
            codes.append(read_string(source))
    except DamagedFile as damage:
        raise CommandError("ERR failed loading functions payload") from damage
    return codes


class FunctionHelp(Help, name="FUNCTION HELP", flags=ANYTIME):
    """Says which subcommands there are."""

    group = "scripting"
