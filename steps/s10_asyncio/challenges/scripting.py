"""Challenge scripting: run programs of clients in the server, each as one step.

A client that reads a key, decides, and writes it, may be overtaken between its commands. With WATCH
it starts over. A script does not have to: it is a program in Lua that the server runs between two
commands, so nothing comes in between. Locks, rate limits and job queues are built of scripts.

The Lua is given, in `steps/s10_asyncio/lua`: an `Interpreter` whose scripts reach no file and no
process, may use a limited amount of memory, and are interrupted now and then. (Where the package
`lupa` is missing it raises MissingLua, whose text is the error of these commands, after `ERR `.)
Make one when the first script comes, not when the server starts. What you keep belongs to
`session.state.scripting`, which is None at first. The commands are in the group `scripting`.

Stage 1: EVAL script numkeys [key ...] [arg ...]

    Runs the script, with the keys in the table KEYS and the rest in ARGV, and replies with the value
    it returns:

    | Lua | reply |
    |---|---|
    | string | bulk string |
    | number | integer; the fraction is lost, and a number beyond 64 bits becomes -2**63 |
    | true, false, nil | 1, null, null; after redis.setresp(3) true and false are booleans |
    | {err = text}, {ok = text} | error, status |
    | {double = number}, {map = table}, {set = table} | the same in RESP3; a set has its keys |
    | {big_number = text} | the same in RESP3, with a space for CR and LF; before, a bulk string |
    | {verbatim_string = {string = s, format = f}} | the same; three letters of the format |
    | any other table | array, up to its first nil |
    | a function and others | null |

    What looks like err, ok and the others but has a value of another type is an array. Tables that
    are too deep in each other are `ERR reached lua stack limit`.
    - ERR Number of keys can't be negative
    - ERR Number of keys can't be greater than number of args

Stage 2: redis.call and its library

    redis.call(name, ...) runs a command and returns its reply; redis.pcall returns an error instead of
    raising it. Words are strings, or numbers, which are written with `%.17g`.
    - status {ok = ...}, error {err = ...}, integer a number, null false, array a table. In protocol
      2, which each script begins with, a map is a flat array and a double a string. After
      redis.setresp(3), null is nil, a map {map = ...}, a set {set = {member = true}}, a double
      {double = ...}, a boolean a boolean.
    - In a script no command waits. SELECT holds for the rest of the script.
    - ERR Please specify at least one argument for this redis lib call
    - ERR Lua redis lib command arguments must be strings or integers
    - ERR Unknown Redis command called from script
    - ERR Wrong number of args calling Redis command from script
    - ERR This Redis command is not allowed from script (it has the flag NOSCRIPT)

    Also in the library: error_reply(text), status_reply(text), sha1hex(text), log(level, text ...),
    setresp(version), set_repl(flags), replicate_commands(), breakpoint(), debug(...),
    acl_check_cmd(name, ...), and the constants LOG_DEBUG to LOG_WARNING (0 to 3), REPL_NONE (0),
    REPL_AOF (1), REPL_SLAVE and REPL_REPLICA (2), REPL_ALL (3), REDIS_VERSION and
    REDIS_VERSION_NUM (a byte for each part). The transcripts say what they reply.

Stage 3: errors

    An error that ends a script is its text, then ` script: SHA, on SOURCE:LINE.`, for instance

        WRONGTYPE Operation against ... value script: 2bab3b..., on @user_script:1.

    The name of the code is `@user_script`. Code that is not Lua:
    `ERR Error compiling script (new function): ` and what Lua says.

Stage 4: EVALSHA, EVAL_RO, EVALSHA_RO, SCRIPT LOAD | EXISTS | FLUSH | DEBUG | HELP

    The server keeps each script it has seen under the SHA-1 of its text; digits may be capitals.
    - NOSCRIPT No matching script. Please use EVAL. (a word that is not 40 long: before all else)
    - EVAL_RO and EVALSHA_RO: ERR Write commands are not allowed from read-only scripts. That is for
      commands that write, and for PUBLISH, SPUBLISH and PFCOUNT.
    - A script may begin with a line `#!lua flags=a,b`. With the flag `no-writes` it is read-only;
      `allow-stale`, `no-cluster` and `allow-cross-slot-keys` have no effect here.
    - While `state.refuses_growth()`, commands with the flag DENYOOM are refused (OUT_OF_MEMORY in
      steps/s10_asyncio/session.py), unless the script has written already. A script with a line of
      flags is refused as a whole, unless it has `no-writes`; with `allow-oom` it may do everything.
      A script with such a line runs read-only only with `no-writes`:
      ERR Can not execute a script with write flag using *_ro command.

Stage 5: one change

    All that a script changes is one change: in the journal it is one block, in EXEC it belongs to the
    transaction's, and clients that wait for a key are served when it has ended. While it runs, time
    stands still for keys: none expires between two of its commands. Monitoring clients see
    EVAL, then its commands, whose client is `lua`.

Stage 6: a script without an end, SCRIPT KILL

    After `busy-reply-threshold` milliseconds, and until the script ends, other clients get

        BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.

    except for commands with the flag ALLOW_BUSY. SCRIPT KILL ends the script with the error
    `ERR Script killed by user with SCRIPT KILL...`, which the script can't catch. If it has called a
    command that writes: UNKILLABLE. If none runs: NOTBUSY. SHUTDOWN NOSAVE ends the server, and
    nothing of the script gets into the journal. CLIENT PAUSE WRITE holds a script unless its
    command is a `MayWrite` (steps/s10_asyncio/command.py) that knows of its flags.

Stage 7: FUNCTION LOAD | DELETE | FLUSH | LIST | STATS | KILL | HELP, FCALL, FCALL_RO

    A library is code whose first line is `#!lua name=NAME`. FUNCTION LOAD [REPLACE] code runs it
    once; it calls redis.register_function(name, function), or with one table: function_name,
    callback, flags and description. FCALL name numkeys [key ...] [arg ...] calls
    function(keys, args). The code is called `@user_function`, and in errors the name of the function
    stands for the SHA-1. What is said of scripts holds for functions; FUNCTION KILL ends them.
    While the code of a library runs it sees only `redis` with register_function, log and the
    constants, for half a second at most (ERR FUNCTION LOAD timeout). Afterwards register_function is
    gone.

Stage 8: functions that stay, FUNCTION DUMP and RESTORE

    Functions are part of the data: snapshots and journals hold them. FUNCTION DUMP returns all
    libraries as bytes; FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE] takes them, all or none.

Sources: https://redis.io/docs/latest/develop/interact/programmability/eval-intro/
https://redis.io/docs/latest/develop/interact/programmability/lua-api/
https://redis.io/docs/latest/develop/interact/programmability/functions-intro/
"""
