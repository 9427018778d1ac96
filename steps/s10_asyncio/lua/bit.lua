-- Operations on 32 bits: LuaBitOp, as Redis has it. http://bitop.luajit.org/api.html

local host = ...

local function number(value, place, name)
  local found = tonumber(value)
  if type(value) == "string" and not found or type(value) ~= "string" and type(value) ~= "number" then
    local got = value == nil and "no value" or type(value)
    error("bad argument #" .. place .. " to '" .. name .. "' (number expected, got " .. got .. ")", 3)
  end
  return found
end

local function operate(...)
  local result = host.bits(...)
  return result
end

local bit = {}

function bit.tobit(value)
  return operate("or", number(value, 1, "tobit"), 0)
end

function bit.bnot(value)
  return operate("xor", number(value, 1, "bnot"), -1)
end

for name, operation in pairs({band = "and", bor = "or", bxor = "xor"}) do
  bit[name] = function(first, ...)
    local result = operate("or", number(first, 1, name), 0)
    for place = 1, select("#", ...) do
      result = operate(operation, result, number((select(place, ...)), place + 1, name))
    end
    return result
  end
end

for name, operation in pairs({
  lshift = "left", rshift = "right", arshift = "arithmetic", rol = "rotate",
}) do
  bit[name] = function(value, by)
    return operate(operation, number(value, 1, name), number(by, 2, name))
  end
end

function bit.ror(value, by)
  return operate("rotate", number(value, 1, "ror"), -number(by, 2, "ror"))
end

function bit.bswap(value)
  local bytes = host.integer_bytes(number(value, 1, "bswap"), 4)
  local result = host.integer_of(bytes:reverse(), true)
  return result
end

function bit.tohex(value, digits)
  digits = digits == nil and 8 or number(digits, 2, "tohex")
  local form = digits < 0 and "%08X" or "%08x"
  digits = math.min(math.abs(digits), 8)
  local word = operate("or", number(value, 1, "tohex"), 0) % 2 ^ 32
  return digits == 0 and "" or form:format(word):sub(-digits)
end

return bit
