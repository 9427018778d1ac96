-- Lua's patterns once more, in Lua: for those that may take long.
--
-- Matching `a*a*a*b` against many an `a` takes a power of their number, and Lua does it in one call
-- of C, which nothing can interrupt. Here each step is one of Lua, which `tick` interrupts. It takes
-- fifty times as long, so it is only for patterns whose worst case is too much.
--
-- Source: lstrlib.c of Lua 5.1

local MOST = 1e8 -- steps in the worst case that C may take
local byte, find, sub = string.byte, string.find, string.sub

local CLASSES = {}
for letter in ("acdlpsuwxz"):gmatch(".") do
  CLASSES[byte(letter)] = "^%" .. letter
  CLASSES[byte(letter:upper())] = "^%" .. letter:upper()
end

local ESCAPE, ANY, SET, OPEN, CLOSE, DOLLAR = byte("%.[()$", 1, 6)
local MANY, SOME, FEW, ONE, CARET, DASH, SET_END = byte("*+-?^-]", 1, 7)

-- Whether a pattern may take too many steps: each repetition that something follows may be tried
-- with every length.
local function is_risky(text, pattern)
  if not find(pattern, "[%^%$%*%+%?%.%(%[%%%-]") then
    return #text * #pattern > MOST -- of C, which compares it at each place
  end
  local repetitions = 0
  for place in pattern:gmatch("()[*+?-]") do
    if place > 1 and place < #pattern then
      repetitions = repetitions + 1
    end
  end
  return repetitions > 0 and (#text + 1) ^ (repetitions + 1) > MOST
end

-- A function that matches a pattern from a place on: where the match ends, or nil; and its captures.
local function matcher(text, pattern)
  local level, starts, lengths = 0, {}, {}
  local match

  local function class_end(p)
    local c = byte(pattern, p)
    p = p + 1
    if c == ESCAPE then
      if p > #pattern then
        error({"malformed pattern (ends with '%')"}, 0)
      end
      return p + 1
    elseif c == SET then
      if byte(pattern, p) == CARET then p = p + 1 end
      repeat
        if p > #pattern then
          error({"malformed pattern (missing ']')"}, 0)
        end
        local inner = byte(pattern, p)
        p = p + 1
        if inner == ESCAPE and p <= #pattern then p = p + 1 end
      until byte(pattern, p) == SET_END
      return p + 1
    end
    return p
  end

  local function in_class(c, class)
    local form = CLASSES[class]
    if not form then
      return c == class
    end
    return find(string.char(c), form) ~= nil
  end

  local function in_set(c, p, last)
    local found = true
    if byte(pattern, p + 1) == CARET then
      found, p = false, p + 1
    end
    p = p + 1
    while p < last do
      local one = byte(pattern, p)
      if one == ESCAPE then
        p = p + 1
        if in_class(c, byte(pattern, p)) then return found end
      elseif byte(pattern, p + 1) == DASH and p + 2 < last then
        if one <= c and c <= byte(pattern, p + 2) then return found end
        p = p + 2
      elseif one == c then
        return found
      end
      p = p + 1
    end
    return not found
  end

  local function single(s, p, after)
    if s > #text then return false end
    local c, one = byte(text, s), byte(pattern, p)
    if one == ANY then return true end
    if one == ESCAPE then return in_class(c, byte(pattern, p + 1)) end
    if one == SET then return in_set(c, p, after - 1) end
    return one == c
  end

  local function balance(s, p)
    if p + 1 > #pattern then
      error({"unbalanced pattern"}, 0)
    end
    local open, close, depth = byte(pattern, p), byte(pattern, p + 1), 1
    if byte(text, s) ~= open then return nil end
    for place = s + 1, #text do
      local c = byte(text, place)
      if c == close then
        depth = depth - 1
        if depth == 0 then return place + 1 end
      elseif c == open then
        depth = depth + 1
      end
    end
  end

  local function capture(s, p, length)
    level = level + 1
    if level > 32 then
      error({"too many captures"}, 0)
    end
    starts[level], lengths[level] = s, length
    local stop = match(s, p)
    if not stop then level = level - 1 end
    return stop
  end

  local function close_capture(s, p)
    for one = level, 1, -1 do
      if lengths[one] == "open" then
        lengths[one] = s - starts[one]
        local stop = match(s, p)
        if not stop then lengths[one] = "open" end
        return stop
      end
    end
    error({"invalid pattern capture"}, 0)
  end

  local function back_reference(s, digit)
    local one = digit - 48
    if one < 1 or one > level or lengths[one] == "open" then
      error({"invalid capture index"}, 0)
    end
    local captured = sub(text, starts[one], starts[one] + lengths[one] - 1)
    if sub(text, s, s + #captured - 1) == captured then return s + #captured end
  end

  -- The tail calls of the original are turns of this loop.
  function match(s, p)
    while p <= #pattern do
      local c, following = byte(pattern, p), byte(pattern, p + 1)
      if c == OPEN then
        if following == CLOSE then return capture(s, p + 2, "position") end
        return capture(s, p + 1, "open")
      elseif c == CLOSE then
        return close_capture(s, p + 1)
      elseif c == DOLLAR and p == #pattern then
        return s == #text + 1 and s or nil
      elseif c == ESCAPE and following == 98 then -- %b
        s = balance(s, p + 2)
        if not s then return nil end
        p = p + 4
      elseif c == ESCAPE and following == 102 then -- %f
        p = p + 2
        if byte(pattern, p) ~= SET then
          error({"missing '[' after '%f' in pattern"}, 0)
        end
        local after = class_end(p)
        local before, here = s == 1 and 0 or byte(text, s - 1), byte(text, s) or 0
        if in_set(before, p, after - 1) or not in_set(here, p, after - 1) then return nil end
        p = after
      elseif c == ESCAPE and following and following >= 48 and following <= 57 then
        s = back_reference(s, following)
        if not s then return nil end
        p = p + 2
      else
        local after = class_end(p)
        local how = byte(pattern, after)
        if how == ONE then
          if single(s, p, after) then
            local stop = match(s + 1, after + 1)
            if stop then return stop end
          end
          p = after + 1
        elseif how == MANY or how == SOME then
          local count = 0
          while single(s + count, p, after) do count = count + 1 end
          for more = count, how == SOME and 1 or 0, -1 do
            local stop = match(s + more, after + 1)
            if stop then return stop end
          end
          return nil
        elseif how == FEW then
          while true do
            local stop = match(s, after + 1)
            if stop then return stop end
            if not single(s, p, after) then return nil end
            s = s + 1
          end
        elseif single(s, p, after) then
          s, p = s + 1, after
        else
          return nil
        end
      end
    end
    return s
  end

  -- The captures of the last match; of none, the whole.
  local function captures(s, stop, whole)
    if level == 0 and whole then return {sub(text, s, stop - 1)}, 1 end
    local found = {}
    for one = 1, level do
      if lengths[one] == "open" then
        error({"unfinished capture"}, 0)
      end
      local start = starts[one]
      found[one] = lengths[one] == "position" and start or sub(text, start, start + lengths[one] - 1)
    end
    return found, level
  end

  return function(s, p)
    level = 0
    return match(s, p)
  end, captures
end

local function start_of(text, init)
  init = init or 1
  if init < 0 then init = math.max(#text + init + 1, 1) end
  return math.max(math.min(init, #text + 1), 1)
end

-- As string.find, or with `whole` string.match.
local function search(text, pattern, init, whole)
  local anchored = byte(pattern, 1) == CARET
  local p = anchored and 2 or 1
  local match, captures = matcher(text, pattern)
  for s = start_of(text, init), #text + 1 do
    local stop = match(s, p)
    if stop then
      local found, count = captures(s, stop, whole)
      if whole then return unpack(found, 1, count) end
      return s, stop - 1, unpack(found, 1, count)
    end
    if anchored then break end
  end
  return nil
end

local function gmatch(text, pattern)
  local match, captures = matcher(text, pattern)
  local at = 1
  return function()
    for s = at, #text + 1 do
      local stop = match(s, 1)
      if stop then
        at = stop == s and stop + 1 or stop
        local found, count = captures(s, stop, true)
        return unpack(found, 1, count)
      end
    end
    at = #text + 2
    return nil
  end
end

-- What stands in the place of a match. `captures` returns those of the match.
local function replaced(replacement, whole, captures)
  local kind = type(replacement)
  local value
  if kind == "function" then
    value = replacement(unpack(captures()))
  elseif kind == "table" then
    value = replacement[captures()[1]]
  else
    return (tostring(replacement):gsub("%%(.)", function(letter)
      if letter == "0" then return whole end
      if not find(letter, "%d") then return letter end
      local one = captures()[tonumber(letter)]
      if one == nil then
        error({"invalid capture index"}, 0)
      end
      return tostring(one)
    end))
  end
  if not value then return whole end
  if type(value) ~= "string" and type(value) ~= "number" then
    error({"invalid replacement value (a " .. type(value) .. ")"}, 0)
  end
  return tostring(value)
end

local function gsub(text, pattern, replacement, most)
  local anchored = byte(pattern, 1) == CARET
  local match, captures = matcher(text, pattern)
  local s, p, count, out = 1, anchored and 2 or 1, 0, {}
  while count < (most or math.huge) do
    local stop = match(s, p)
    if stop then
      count = count + 1
      local function found()
        return captures(s, stop, true)
      end
      out[#out + 1] = replaced(replacement, sub(text, s, stop - 1), found)
    end
    if stop and stop > s then
      s = stop
    elseif s <= #text then
      out[#out + 1] = sub(text, s, s)
      s = s + 1
    else
      break
    end
    if anchored then break end
  end
  out[#out + 1] = sub(text, s)
  return table.concat(out), count
end

return {
  is_risky = is_risky,
  find = function(text, pattern, init) return search(text, pattern, init, false) end,
  match = function(text, pattern, init) return search(text, pattern, init, true) end,
  gmatch = gmatch,
  gsub = gsub,
}
