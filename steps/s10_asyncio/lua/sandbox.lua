-- What a script sees, and what it cannot reach.
--
-- The chunk gets the functions of Python that it needs and returns those that Python needs. Whatever
-- a script can call is either a harmless function of Lua itself or a closure of this file, so no
-- object of Python is ever in its hands. Libraries are read-only: a script gets an empty table that
-- looks everything up in the library.
--
-- Messages about wrong arguments name the place where the script made the call. Lua names the place
-- in this file; `placed` replaces it.

local host = ...

local collectgarbage, debug, coroutine, string, table = collectgarbage, debug, coroutine, string, table
local error, getmetatable, ipairs, loadstring, next, pairs = error, getmetatable, ipairs, loadstring, next, pairs
local pcall, rawget, rawset, select, setfenv, setmetatable = pcall, rawget, rawset, select, setfenv, setmetatable
local tostring, type, unpack, xpcall = tostring, type, unpack, xpcall
local getinfo, sethook = debug.getinfo, debug.sethook
local byte, find, gsub = string.byte, string.find, string.gsub

local INNER = {["=sandbox"] = true, ["=library"] = true} -- this file, and those of the libraries
local HERE = {"^sandbox:%d+: ", "^library:%d+: "}
local STEP = 10000 -- instructions between two calls of `tick`
local READONLY = "Attempt to modify a readonly table"

-- --- where an error happened ----------------------------------------------------------------------

-- The first frame from `level` on, as the caller counts, that is not of this file.
local function outside(level)
  level = level + 1
  local frame = getinfo(level, "Sl")
  while frame and INNER[frame.source] do
    level = level + 1
    frame = getinfo(level, "Sl")
  end
  return frame, level - 1
end

-- The frame that called the C function, if `level` is one; otherwise the frame at `level`.
local function caller(level)
  local frame, at = outside(level + 1)
  if frame and frame.what == "C" then
    frame = outside(at + 1)
  end
  return frame
end

-- An error message with the place in the script, where it names a place in this file. In a handler,
-- `level` 2 is the function that raised the error.
local function placed(problem, level)
  if type(problem) ~= "string" or not (find(problem, HERE[1]) or find(problem, HERE[2])) then
    return problem
  end
  local frame = caller(level + 1)
  local place = ""
  if frame and frame.currentline > 0 then
    place = frame.short_src .. ":" .. frame.currentline .. ": "
  end
  return place .. (gsub(problem, "^%l+:%d+: ", ""))
end

local function locate(problem)
  return placed(problem, 2)
end

-- As Redis' own handler: any error becomes a table that says where it happened.
local function report(problem)
  problem = placed(problem, 2)
  local frame = caller(2)
  if type(problem) ~= "table" then
    problem = {err = "ERR " .. tostring(problem)}
  end
  if frame then
    rawset(problem, "source", frame.source)
    rawset(problem, "line", frame.currentline)
  end
  return problem
end

-- --- time -----------------------------------------------------------------------------------------

local killed = false
local lifted = true -- whether Lua may use any amount of memory, as while Python is called

local host_lift, host_limit = host.lift, host.limit

local function lift()
  lifted = true
  host_lift()
end

local function limit()
  lifted = false
  host_limit()
end

local function hook()
  if not killed then
    killed = host.tick() -- which lifts the limit
    if not lifted then
      host.limit()
    end
  end
  if killed then
    sethook(hook, "l") -- at each line from here on, so that no pcall gets around it
    if getinfo(2, "S").source ~= "=sandbox" then
      error({err = killed})
    end
  end
end

local function watch()
  killed = false
  sethook(hook, "", STEP)
end

watch()

-- --- read-only tables -----------------------------------------------------------------------------

local behind = setmetatable({}, {__mode = "k"}) -- the table behind each read-only one
local shown_meta = setmetatable({}, {__mode = "k"})

local function refuse()
  error(READONLY, 2)
end

local function readonly(content)
  local front = setmetatable({}, {__index = content, __newindex = refuse})
  behind[front] = content
  return front
end

local globals = {}

local function missing(_, name)
  error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end

-- The globals of a script, and those while a library of functions is loaded.
local scopes = {
  run = setmetatable(globals, {__index = missing}),
  load = setmetatable({}, {__index = missing}),
}
local env = readonly(globals)
shown_meta[env] = readonly({__index = missing})

local function writable(value)
  if behind[value] then
    error(READONLY, 0)
  end
  return value
end

-- --- the base library -----------------------------------------------------------------------------

for _, name in ipairs({
  "assert", "error", "gcinfo", "ipairs", "rawequal", "select", "tonumber", "tostring", "type",
  "unpack", "_VERSION",
}) do
  globals[name] = _G[name]
end
globals._G = env

local text_meta = getmetatable("")

function globals.getmetatable(value)
  if type(value) == "string" then
    return shown_meta[text_meta]
  end
  if behind[value] then
    return shown_meta[value]
  end
  return getmetatable(value)
end

function globals.setmetatable(value, meta)
  return setmetatable(writable(value), meta)
end

function globals.rawset(target, key, value)
  return rawset(writable(target), key, value)
end

function globals.rawget(target, key)
  return rawget(behind[target] or target, key)
end

function globals.next(target, key)
  return next(behind[target] or target, key)
end

function globals.pairs(target)
  return pairs(behind[target] or target)
end

-- `collectgarbage` without what would let it run for long, or never.
function globals.collectgarbage(what, argument)
  if what == nil or what == "collect" or what == "step" or what == "count" then
    return collectgarbage(what or "collect", what == "step" and 0 or nil)
  end
  if what == "stop" or what == "restart" or what == "setpause" or what == "setstepmul" then
    return 0
  end
  return collectgarbage(what, argument)
end

local function compile(code, name)
  -- with the blank, what is compiled already is text to Lua: nobody knows what it does when it runs
  local loaded, problem = loadstring(byte(code) == 27 and " " .. code or code, name)
  if not loaded then
    return nil, problem
  end
  return setfenv(loadstring(host.untail(string.dump(loaded)), name), env)
end

local function compiled(code, name)
  lift()
  local chunk, problem = compile(code, name)
  limit()
  return chunk, problem
end

function globals.loadstring(code, name)
  if type(code) ~= "string" and type(code) ~= "number" then
    error("bad argument #1 to 'loadstring' (string expected, got " .. type(code) .. ")")
  end
  code = tostring(code)
  return compiled(code, name == nil and code or tostring(name))
end

function globals.load(reader, name)
  local pieces, piece = {}, reader()
  while piece ~= nil and piece ~= "" do
    if type(piece) ~= "string" then
      error("reader function must return a string")
    end
    pieces[#pieces + 1] = piece
    piece = reader()
  end
  return compiled(table.concat(pieces), name == nil and "=(load)" or tostring(name))
end

-- --- errors ---------------------------------------------------------------------------------------

-- The error of a command is a table; who catches it gets the text.
local function plain(problem)
  if type(problem) == "table" and type(rawget(problem, "err")) == "string" then
    return rawget(problem, "err")
  end
  return problem
end

local function caught(ok, problem, ...)
  if ok then
    return ok, problem, ...
  end
  problem = plain(problem)
  if type(problem) == "string" then
    -- Lua knows no name for what `pcall` itself calls
    problem = gsub(problem, "^(bad argument #%d+ to ')[%w_]+'", "%1?'")
  end
  return false, problem
end

function globals.pcall(called, ...)
  local count = select("#", ...)
  if count == 0 then
    return caught(xpcall(called, locate))
  end
  local arguments = {...}
  return caught(xpcall(function() return called(unpack(arguments, 1, count)) end, locate))
end

function globals.xpcall(called, handler)
  return xpcall(called, function(problem)
    if killed then
      return problem -- Lua calls no hook in the handler of an error that a hook raised
    end
    return handler(locate(problem))
  end)
end

-- --- coroutines -----------------------------------------------------------------------------------

local threads = {}
for _, name in ipairs({"resume", "running", "status", "yield"}) do
  threads[name] = coroutine[name]
end

-- A hook belongs to one coroutine, so each needs its own.
function threads.create(called)
  local thread = coroutine.create(called)
  sethook(thread, hook, "", STEP)
  return thread
end

local function results(ok, problem, ...)
  if not ok then
    error(problem, 3) -- Lua adds the place to a text, which may have one already
  end
  return problem, ...
end

function threads.wrap(called)
  local thread = threads.create(called)
  return function(...)
    return results(coroutine.resume(thread, ...))
  end
end

globals.coroutine = readonly(threads)

-- --- tables and mathematics -----------------------------------------------------------------------

local tables = {}
for name, called in pairs(table) do
  tables[name] = called
end

function tables.insert(target, ...)
  writable(target)
  local place = ...
  if select("#", ...) == 2 and type(place) == "number" and type(target) == "table" and place < 1 then
    -- Lua would move everything from there on, however far away that is
    error("bad argument #2 to 'insert' (position out of bounds)", 2)
  end
  return table.insert(target, ...)
end

function tables.remove(target, ...)
  return table.remove(writable(target), ...)
end

function tables.sort(target, ...)
  return table.sort(writable(target), ...)
end

function tables.setn(target, ...)
  return table.setn(writable(target), ...)
end

globals.table = readonly(tables)

local numbers = {}
for name, called in pairs(math) do
  numbers[name] = called
end

-- The same numbers after the same seed as in Redis, whatever the machine: `lrand48` of C. Its 48 bits
-- are kept in two halves, as a number is exact up to 53.
local HALF = 2 ^ 24
local high, low = 0, 0

function numbers.randomseed(seed)
  local state = (seed % 2 ^ 32 - seed % 1) * 2 ^ 16 + 0x330E
  high, low = math.floor(state / HALF), state % HALF
end

numbers.randomseed(host.seed())

function numbers.random(from, to, ...)
  local carried = 0xECE66D * low + 0xB
  high = (math.floor(carried / HALF) + 0xECE66D * high + 0x5DE * low) % HALF
  low = carried % HALF
  local most = 2 ^ 31 - 1
  local chance = (high * 128 + math.floor(low / 2 ^ 17)) % most / most
  if from == nil then
    return chance
  end
  if to == nil then
    from, to = 1, from
    if to < 1 then
      error("bad argument #1 to 'random' (interval is empty)", 2)
    end
  elseif to < from then
    error("bad argument #2 to 'random' (interval is empty)", 2)
  end
  return math.floor(chance * (to - from + 1)) + from
end

globals.math = readonly(numbers)

-- --- strings --------------------------------------------------------------------------------------

local texts = {}
for name, called in pairs(string) do
  texts[name] = called
end

function texts.rep(text, count)
  if type(text) == "string" and type(count) == "number" then
    if text == "" then
      return "" -- Lua would count all the same
    elseif #text * count > host.memory then
      error("not enough memory", 0) -- which Lua finds out in the end
    end
  end
  return string.rep(text, count)
end

-- Patterns that may take long are matched in Lua, where they can be interrupted.
local function relayed(ok, problem, ...)
  if ok then
    return problem, ...
  end
  error(type(problem) == "table" and problem[1] or problem, 3)
end

local function is_much(text, pattern)
  return type(text) == "string" and type(pattern) == "string" and #text * #pattern > 200
end

for _, name in ipairs({"find", "match", "gmatch", "gsub"}) do
  local quick, careful = string[name], host.patterns[name]
  texts[name] = function(text, pattern, ...)
    if is_much(text, pattern) and host.patterns.is_risky(text, pattern) then
      return relayed(pcall(careful, text, pattern, ...))
    end
    return quick(text, pattern, ...)
  end
end
texts.gfind = texts.gmatch

local find_pattern = texts.find

function texts.find(text, pattern, init, plain)
  if plain and is_much(text, pattern) then
    lift()
    local start = host.find_plain(text, pattern, tonumber(init) or 1)
    limit()
    if start == 0 then
      return nil
    end
    return start, start + #pattern - 1
  end
  return find_pattern(text, pattern, init, plain)
end

text_meta.__index = texts
shown_meta[text_meta] = readonly({__index = readonly(texts)})
globals.string = readonly(texts)

-- --- for Python -----------------------------------------------------------------------------------

-- Three values: a table with one text under a name, such as a status, is returned as the text and the
-- name.
local function done(ok, value)
  lift()
  if type(value) == "table" then
    local name, text = next(value)
    if type(name) == "string" and type(text) == "string" and next(value, name) == nil then
      return ok, text, name
    end
  end
  return ok, value, nil
end

local MUCH = host.much / 1024 -- as collectgarbage counts

local function start()
  if killed then
    watch()
  end
  if collectgarbage("count") > MUCH then
    collectgarbage()
  end
  limit()
end

local out = {}

-- The functions that make texts of numbers.
local TEXTS = {call = true, pcall = true, sha1hex = true}

-- A negative zero as text, as Python would take it for 0; and the other values as they are.
local function signed(...)
  local values, count = {...}, select("#", ...)
  for place = 1, count do
    if values[place] == 0 and 1 / values[place] < 0 then
      values[place] = "-0"
    end
  end
  return unpack(values, 1, count)
end

local ROOM = 7000 -- of the 8000 values that a function of C may be given, lupa needs some itself

-- A library of functions of Python; each returns whether it went well, and the value or the error; of
-- a table with one item, the value and the name. `gathered` has the same functions, for arguments in
-- a table, and their number.
function out.library(scope, name, functions, gathered, constants)
  local content = setmetatable({}, scope == "load" and {__index = missing} or nil)
  for word, value in pairs(constants) do
    content[word] = value
  end
  for word, called in pairs(functions) do
    local function passed(ok, value, name)
      limit()
      if name ~= nil then
        value = {[name] = value}
      end
      if not ok then
        error(value, 3)
      end
      return value
    end
    local texts = TEXTS[word]
    content[word] = function(...)
      lift()
      local count = select("#", ...)
      if count > ROOM then
        return passed(gathered[word]({...}, count))
      end
      local one, two, three, four = ...
      if texts and (count > 4 or one == 0 or two == 0 or three == 0 or four == 0) then
        return passed(called(signed(...)))
      end
      return passed(called(...))
    end
  end
  scopes[scope][name] = readonly(content)
end

-- Shows scripts the globals of another scope.
function out.enter(scope)
  behind[env] = scopes[scope]
  getmetatable(env).__index = scopes[scope]
end

-- What the libraries that are written in Lua may call.
out.primitives = {}
for name, called in pairs(host.primitives) do
  local function passed(...)
    limit()
    return ...
  end
  out.primitives[name] = function(...)
    lift()
    return passed(called(...))
  end
end

-- Shows scripts such a library.
function out.adopt(name, content)
  globals[name] = readonly(content)
end

out.compile = compile
out.readonly = readonly

-- Runs a script, which finds two lists of words in KEYS and ARGV.
function out.run(called, keys, arguments)
  globals.KEYS, globals.ARGV = keys, arguments
  start()
  return done(xpcall(called, report))
end

-- The same with words that come one by one; the first `count` are keys.
function out.run_words(called, count, ...)
  if count == 0 then
    return out.run(called, {}, {...})
  elseif count == 1 then
    return out.run(called, {(...)}, {select(2, ...)})
  end
  local words = {...}
  return out.run(called, {unpack(words, 1, count)}, {unpack(words, count + 1)})
end

-- Runs a function, which gets its arguments as such.
function out.call(called, ...)
  local count, arguments = select("#", ...), {...}
  start()
  return done(xpcall(function() return called(unpack(arguments, 1, count)) end, report))
end

return out
