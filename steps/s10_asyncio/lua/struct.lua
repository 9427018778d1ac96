-- Packed structures: the library `struct` 0.2, as Redis has it. http://www.inf.puc-rio.br/~roberto/struct/

local host = ...

local MAXIMUM = 32 -- bytes of an integer
local SIZES = {b = 1, B = 1, h = 2, H = 2, i = 4, I = 4, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1}
local INTEGERS = "[bBhHiIlLT]"

local function fail(what)
  error({what}, 0)
end

local function argument(place, name, what)
  fail("bad argument #" .. place .. " to '" .. name .. "' (" .. what .. ")")
end

-- A function that returns the next option of a format: its letter, size, and bytes to skip before it.
local function options(format, name)
  local at, little, align = 1, true, 1
  local function number(default)
    local digits = format:match("^%d+", at)
    if not digits then
      return default
    end
    at = at + #digits
    if tonumber(digits) > 2147483647 then
      fail("integral size overflow")
    end
    return tonumber(digits)
  end
  return function(total)
    while at <= #format do
      local letter = format:sub(at, at)
      at = at + 1
      if letter == "<" then
        little = true
      elseif letter == ">" then
        little = false
      elseif letter == "!" then
        align = number(8)
        if align <= 0 or align % 1 ~= 0 or math.log(align) / math.log(2) % 1 ~= 0 then
          fail("alignment " .. align .. " is not a power of 2")
        end
      elseif letter ~= " " then
        local size = SIZES[letter]
        if letter == "i" or letter == "I" then
          size = number(4)
          if size > MAXIMUM then
            fail("integral size " .. size .. " is larger than limit of " .. MAXIMUM)
          end
        elseif letter == "c" then
          size = number(1)
        elseif letter == "s" then
          size = 0
        elseif not size and name == "size" then
          size = 0
        elseif not size then
          argument(1, name, "invalid format option '" .. letter .. "'")
        end
        local skip = 0
        if letter ~= "c" and letter ~= "x" and letter ~= "s" and size > 0 then
          local unit = math.min(size, align)
          skip = unit > 1 and (unit - total % unit) % unit or 0
        end
        return letter, size, skip, little
      end
    end
  end
end

-- Calls `work`, and lets its error be one of the script.
local function guarded(work, ...)
  local count = select("#", ...)
  local arguments = {...}
  local ok, first = pcall(function() return {work(unpack(arguments, 1, count))} end)
  if not ok then
    error(type(first) == "table" and first[1] or first, 3)
  end
  return unpack(first, 1, table.maxn(first))
end

local function text_of(value, place, name)
  if type(value) ~= "string" and type(value) ~= "number" then
    argument(place, name, "string expected, got " .. type(value))
  end
  return tostring(value)
end

local function number_of(value, place, name)
  local number = tonumber(value)
  if not number then
    argument(place, name, "number expected, got " .. type(value))
  end
  return number
end

local function pack(format, ...)
  format = text_of(format, 1, "pack")
  local values, place, out, total = {...}, 1, {}, 0
  local next_option = options(format, "pack")
  while true do
    local letter, size, skip, little = next_option(total)
    if not letter then
      break
    end
    local piece
    if letter == "x" then
      piece = "\0"
    elseif letter == "s" then
      piece = text_of(values[place], place + 1, "pack") .. "\0"
    elseif letter == "c" then
      local text = text_of(values[place], place + 1, "pack")
      if size == 0 then size = #text end
      if #text < size then
        argument(place + 2, "pack", "string too short")
      end
      piece = text:sub(1, size)
    elseif letter == "f" or letter == "d" then
      local number = number_of(values[place], place + 1, "pack")
      piece = host.double_bytes(number, size)
      if number == 0 and 1 / number < 0 then -- to Python, which had no sign to see
        piece = ("\0"):rep(size - 1) .. "\128"
      end
    else
      piece = host.integer_bytes(number_of(values[place], place + 1, "pack"), size)
    end
    if letter ~= "x" then place = place + 1 end
    if not little and (letter:find(INTEGERS) or letter == "f" or letter == "d") then
      piece = piece:reverse()
    end
    out[#out + 1] = ("\0"):rep(skip) .. piece
    total = total + skip + #piece
  end
  return table.concat(out)
end

local function unpack_all(format, data, start)
  format, data = text_of(format, 1, "unpack"), text_of(data, 2, "unpack")
  local at = start == nil and 1 or number_of(start, 3, "unpack")
  if at == 0 then
    argument(3, "unpack", "offset must be 1 or greater")
  elseif at < 0 then
    argument(2, "unpack", "data string too short")
  end
  local values, next_option = {}, options(format, "unpack")
  local total = at - 1
  while true do
    local letter, size, skip, little = next_option(total)
    if not letter then
      break
    end
    total = total + skip
    if total + size > #data then
      argument(2, "unpack", "data string too short")
    end
    local piece = data:sub(total + 1, total + size)
    if letter == "s" then
      local stop = data:find("%z", total + 1)
      if not stop then
        fail("unfinished string in data")
      end
      values[#values + 1] = data:sub(total + 1, stop - 1)
      size = stop - total
    elseif letter == "c" then
      if size == 0 then
        local last = values[#values]
        if type(last) ~= "number" then
          fail("format 'c0' needs a previous size")
        end
        values[#values] = nil
        size = last
        if total + size > #data or size < 0 then
          argument(2, "unpack", "data string too short")
        end
        piece = data:sub(total + 1, total + size)
      end
      values[#values + 1] = piece
    elseif letter ~= "x" then
      if not little then piece = piece:reverse() end
      if letter == "f" or letter == "d" then
        values[#values + 1] = host.double_of(piece)
      else
        values[#values + 1] = host.integer_of(piece, letter:lower() == letter)
      end
    end
    total = total + size
  end
  values[#values + 1] = total + 1
  return unpack(values)
end

local function size_of(format)
  format = text_of(format, 1, "size")
  local total, next_option = 0, options(format, "size")
  while true do
    local letter, size, skip = next_option(total)
    if not letter then
      return total
    end
    if letter == "s" or letter == "c" and size == 0 then
      local option = letter == "s" and "s" or "c0"
      argument(1, "size", "option '" .. option .. "' has no fixed size")
    end
    total = total + skip + size
  end
end

return {
  pack = function(...) return guarded(pack, ...) end,
  unpack = function(...) return guarded(unpack_all, ...) end,
  size = function(...) return guarded(size_of, ...) end,
}
