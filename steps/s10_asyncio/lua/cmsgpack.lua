-- MessagePack: lua-cmsgpack 0.4, as Redis has it. https://github.com/msgpack/msgpack/blob/master/spec.md

local host = ...

local NESTED = 16 -- how deep tables may be in each other; what is deeper is nil

local char, byte, sub, floor = string.char, string.byte, string.sub, math.floor

local function bytes_of(number, size)
  if size == 8 then
    return host.integer_bytes(number, size):reverse()
  end
  local low = number % 2 ^ 16
  local last = char(floor(low / 2 ^ 8), low % 2 ^ 8)
  if size < 4 then
    return size == 1 and sub(last, 2) or last
  end
  local high = floor(number / 2 ^ 16) % 2 ^ 16
  return char(floor(high / 2 ^ 8), high % 2 ^ 8) .. last
end

-- --- packing ---

local function packed_integer(number)
  if number >= 0 then
    if number < 128 then return char(number) end
    if number < 2 ^ 8 then return "\204" .. bytes_of(number, 1) end
    if number < 2 ^ 16 then return "\205" .. bytes_of(number, 2) end
    if number < 2 ^ 32 then return "\206" .. bytes_of(number, 4) end
    return "\207" .. bytes_of(number, 8)
  end
  if number >= -32 then return bytes_of(number, 1) end
  if number >= -2 ^ 7 then return "\208" .. bytes_of(number, 1) end
  if number >= -2 ^ 15 then return "\209" .. bytes_of(number, 2) end
  if number >= -2 ^ 31 then return "\210" .. bytes_of(number, 4) end
  return "\211" .. bytes_of(number, 8)
end

local function packed_number(number)
  if number % 1 == 0 and number >= -2 ^ 63 and number < 2 ^ 63 then
    return packed_integer(number)
  end
  local short = host.double_bytes(number, 4)
  if number == host.double_of(short) then
    return "\202" .. short:reverse()
  end
  return "\203" .. host.double_bytes(number, 8):reverse()
end

local function packed_string(text)
  local length = #text
  if length < 32 then return char(160 + length) .. text end
  if length < 2 ^ 8 then return "\217" .. bytes_of(length, 1) .. text end
  if length < 2 ^ 16 then return "\218" .. bytes_of(length, 2) .. text end
  return "\219" .. bytes_of(length, 4) .. text
end

local function head(small, medium, large, count)
  if count < 16 then return char(small + count) end
  if count < 2 ^ 16 then return char(medium) .. bytes_of(count, 2) end
  return char(large) .. bytes_of(count, 4)
end

-- Whether the keys of a table are 1, 2, 3 and so on; and how many there are.
local function is_array(value)
  local count, most = 0, 0
  for key in next, value do
    if type(key) ~= "number" or key <= 0 or key % 1 ~= 0 then
      return false
    end
    count, most = count + 1, math.max(most, key)
  end
  return most == count, count
end

local function put(out, value, level)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = packed_string(value)
  elseif kind == "number" then
    out[#out + 1] = packed_number(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "\195" or "\194"
  elseif kind == "table" and level < NESTED then
    local array, count = is_array(value)
    if array then
      out[#out + 1] = head(144, 220, 221, count)
      for place = 1, count do
        put(out, rawget(value, place), level + 1)
      end
    else
      count = 0
      for _ in next, value do
        count = count + 1
      end
      out[#out + 1] = head(128, 222, 223, count)
      for key, item in next, value do
        put(out, key, level + 1)
        put(out, item, level + 1)
      end
    end
  else
    out[#out + 1] = "\192"
  end
end

local function pack(...)
  if select("#", ...) == 0 then
    error({"bad argument #0 to 'pack' (MessagePack pack needs input.)"}, 0)
  end
  local out = {}
  for place = 1, select("#", ...) do
    put(out, (select(place, ...)), 0)
  end
  return table.concat(out)
end

-- --- unpacking ---

local function reader(data, start)
  local at = start
  local read

  local function skip(count)
    if at + count - 1 > #data then
      error({"Missing bytes in input."}, 0)
    end
    at = at + count
    return at - count
  end

  local function take(count)
    return sub(data, skip(count), at - 1)
  end

  local function unsigned(size)
    if size == 8 then
      return host.integer_of(take(size):reverse(), false)
    end
    local number = 0
    for place = skip(size), at - 1 do
      number = number * 2 ^ 8 + byte(data, place)
    end
    return number
  end

  local function signed(size)
    if size == 8 then
      return host.integer_of(take(size):reverse(), true)
    end
    local number = unsigned(size)
    return number < 2 ^ (8 * size - 1) and number or number - 2 ^ (8 * size)
  end

  local function array(count)
    local made = {}
    for place = 1, count do
      made[place] = read()
    end
    return made
  end

  local function map(count)
    local made = {}
    for _ = 1, count do
      local key = read()
      local value = read()
      if key ~= nil then made[key] = value end
    end
    return made
  end

  function read()
    local kind = byte(data, skip(1))
    if kind < 128 then return kind end
    if kind < 144 then return map(kind - 128) end
    if kind < 160 then return array(kind - 144) end
    if kind < 192 then return take(kind - 160) end
    if kind >= 224 then return kind - 256 end
    if kind == 192 then return nil end
    if kind == 194 then return false end
    if kind == 195 then return true end
    if kind == 196 or kind == 217 then return take(unsigned(1)) end
    if kind == 197 or kind == 218 then return take(unsigned(2)) end
    if kind == 198 or kind == 219 then return take(unsigned(4)) end
    if kind == 202 then return host.double_of(take(4):reverse()) end
    if kind == 203 then return host.double_of(take(8):reverse()) end
    if kind >= 204 and kind <= 207 then return unsigned(2 ^ (kind - 204)) end
    if kind >= 208 and kind <= 211 then return signed(2 ^ (kind - 208)) end
    if kind == 220 then return array(unsigned(2)) end
    if kind == 221 then return array(unsigned(4)) end
    if kind == 222 then return map(unsigned(2)) end
    if kind == 223 then return map(unsigned(4)) end
    error({"Bad data format in input."}, 0)
  end

  return read, function() return at end
end

-- Up to `limit` values from `offset` on; and, with a limit, where to go on: -1 at the end.
local function unpack_some(data, limit, offset, states)
  if data == nil then
    error({"bad argument #1 to 'unpack' (string expected, got no value)"}, 0)
  elseif type(data) ~= "string" and type(data) ~= "number" then
    error({"bad argument #1 to 'unpack' (string expected, got " .. type(data) .. ")"}, 0)
  end
  data = tostring(data)
  if limit < 0 or offset < 0 then
    error({
      "Invalid request to unpack with offset of " .. offset .. " and limit of " .. limit .. ".",
    }, 0)
  elseif offset > #data then
    error({"Start offset " .. offset .. " greater than input length " .. #data .. "."}, 0)
  end
  local read, position = reader(data, offset + 1)
  local values, count = {}, 0
  while position() <= #data and (limit == 0 or count < limit) do
    count = count + 1
    values[count] = read()
  end
  if states then
    local rest = position() - 1
    table.insert(values, 1, rest >= #data and -1 or rest)
    count = count + 1
  end
  return values, count
end

-- Calls `work`, and lets its error be one of the script.
local function guarded(work, ...)
  local ok, first, count = pcall(work, ...)
  if not ok then
    error(type(first) == "table" and first[1] or first, 3)
  end
  return first, count
end

local function returned(values, count)
  return unpack(values, 1, count)
end

return {
  _NAME = "cmsgpack",
  _VERSION = "lua-cmsgpack 0.4.0",
  _COPYRIGHT = "Copyright (C) 2012, Redis Labs",
  _DESCRIPTION = "MessagePack C implementation for Lua",
  pack = function(...) return (guarded(pack, ...)) end,
  unpack = function(data) return returned(guarded(unpack_some, data, 0, 0)) end,
  unpack_one = function(data, offset)
    return returned(guarded(unpack_some, data, 1, offset or 0, true))
  end,
  unpack_limit = function(data, limit, offset)
    return returned(guarded(unpack_some, data, limit, offset or 0, true))
  end,
}
