-- JSON: lua-cjson 2.1, as Redis has it. https://kyne.au/~mark/software/lua-cjson-manual.html

local DEPTH, PRECISION = 1000, 14

local null = newproxy and newproxy() or {}

local function new()
  local cjson = {_NAME = "cjson", _VERSION = "2.1.0", null = null, new = new}
  local sparse, ratio, safe = false, 2, 10
  local most_encoded, most_decoded, precision = DEPTH, DEPTH, PRECISION
  local encodes_invalid, decodes_invalid, keeps = false, true, true
  local number_form = "%.14g"

  -- --- settings ---

  local function integer(value, least, most, place, name)
    if type(value) ~= "number" or value < least or value > most then
      error(
        "bad argument #" .. place .. " to '" .. name .. "' (expected integer between " .. least
          .. " and " .. most .. ")", 3)
    end
    return value
  end

  function cjson.encode_sparse_array(convert, new_ratio, new_safe)
    if convert ~= nil then sparse = convert end
    if new_ratio ~= nil then ratio = integer(new_ratio, 0, 2147483647, 2, "encode_sparse_array") end
    if new_safe ~= nil then safe = integer(new_safe, 0, 2147483647, 3, "encode_sparse_array") end
    return sparse, ratio, safe
  end

  function cjson.encode_max_depth(depth)
    if depth ~= nil then most_encoded = integer(depth, 1, 2147483647, 1, "encode_max_depth") end
    return most_encoded
  end

  function cjson.decode_max_depth(depth)
    if depth ~= nil then most_decoded = integer(depth, 1, 2147483647, 1, "decode_max_depth") end
    return most_decoded
  end

  function cjson.encode_number_precision(digits)
    if digits ~= nil then
      precision = integer(digits, 1, 14, 1, "encode_number_precision")
      number_form = "%." .. precision .. "g"
    end
    return precision
  end

  function cjson.encode_keep_buffer(keep)
    if keep ~= nil then keeps = keep end
    return keeps
  end

  function cjson.encode_invalid_numbers(allowed)
    if allowed ~= nil then encodes_invalid = allowed end
    return encodes_invalid
  end

  function cjson.decode_invalid_numbers(allowed)
    if allowed ~= nil then decodes_invalid = allowed end
    return decodes_invalid
  end

  -- --- encoding ---

  local ESCAPES = {
    ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
    ["\r"] = "\\r", ["\t"] = "\\t", ["\127"] = "\\u007f",
  }

  local function escaped(letter)
    return ESCAPES[letter] or ("\\u%04x"):format(letter:byte())
  end

  local function quoted(text)
    return '"' .. text:gsub('[%z\1-\31"\\/\127]', escaped) .. '"'
  end

  local function refuse(what, why)
    error("Cannot serialise " .. what .. ": " .. why, 0)
  end

  local function number_text(value)
    if value ~= value or value == math.huge or value == -math.huge then
      if encodes_invalid == "null" then
        return "null"
      elseif not encodes_invalid then
        refuse("number", "must not be NaN or Inf")
      end
      return value ~= value and "nan" or value > 0 and "inf" or "-inf"
    end
    return number_form:format(value)
  end

  -- The length of the array that a table is; -1 if it is an object, nil if it is too sparse.
  local function array_length(value)
    local most, items = 0, 0
    for key in next, value do
      if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then
        return -1
      end
      most, items = math.max(most, key), items + 1
    end
    if ratio > 0 and most > items * ratio and most > safe then
      if not sparse then
        refuse("table", "excessively sparse array")
      end
      return -1
    end
    return items > 0 and most or -1
  end

  local put

  local function put_object(out, value, depth)
    out[#out + 1] = "{"
    local separator = ""
    for key, item in next, value do
      if type(key) == "number" then
        key = '"' .. number_text(key) .. '"'
      elseif type(key) == "string" then
        key = quoted(key)
      else
        refuse(type(key), "table key must be a number or string")
      end
      out[#out + 1] = separator
      out[#out + 1] = key
      out[#out + 1] = ":"
      put(out, item, depth)
      separator = ","
    end
    out[#out + 1] = "}"
  end

  function put(out, value, depth)
    local kind = type(value)
    if kind == "string" then
      out[#out + 1] = quoted(value)
    elseif kind == "number" then
      out[#out + 1] = number_text(value)
    elseif kind == "boolean" then
      out[#out + 1] = tostring(value)
    elseif kind == "nil" or value == null then
      out[#out + 1] = "null"
    elseif kind == "table" then
      depth = depth + 1
      if depth > most_encoded then
        error("Cannot serialise, excessive nesting (" .. depth .. ")", 0)
      end
      local length = array_length(value)
      if length < 0 then
        put_object(out, value, depth)
      else
        out[#out + 1] = "["
        for place = 1, length do
          if place > 1 then out[#out + 1] = "," end
          put(out, rawget(value, place), depth)
        end
        out[#out + 1] = "]"
      end
    else
      refuse(kind, "type not supported")
    end
  end

  function cjson.encode(...)
    if select("#", ...) ~= 1 then
      error("bad argument #1 to 'encode' (expected 1 argument)", 2)
    end
    local out = {}
    local ok, problem = pcall(put, out, (...), 0)
    if not ok then
      error(problem, 2)
    end
    return table.concat(out)
  end

  -- --- decoding ---

  local LETTERS = {
    b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ["/"] = "/", ["\\"] = "\\", ['"'] = '"',
  }
  local MARKS = {
    ["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END",
    [","] = "T_COMMA", [":"] = "T_COLON",
  }
  local WORDS = {["true"] = true, ["false"] = false}

  local function utf8(code)
    if code < 0x80 then
      return string.char(code)
    elseif code < 0x800 then
      return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
    elseif code < 0x10000 then
      return string.char(
        0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
    end
    return string.char(
      0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
      0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end

  function cjson.decode(...)
    if select("#", ...) ~= 1 then
      error("bad argument #1 to 'decode' (expected 1 argument)", 2)
    end
    local text = ...
    if type(text) ~= "string" and type(text) ~= "number" then
      error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 2)
    end
    text = tostring(text)
    if #text >= 2 and (text:byte(1) == 0 or text:byte(2) == 0) then
      error("JSON parser does not support UTF-16 or UTF-32", 2)
    end
    local at, depth = 1, 0
    local kind, value, began -- the token that was read last

    local function fail(expected)
      local found = kind == "T_ERROR" and value or kind
      error({"Expected " .. expected .. " but found " .. found .. " at character " .. began}, 0)
    end

    local function wrong(what, place)
      kind, value, began = "T_ERROR", what, place
    end

    -- A string from the place after its quote on.
    local function read_string()
      local pieces, start = {}, at
      while true do
        local stop = text:find('["\\]', at)
        local bad = text:find("%z", at)
        if bad and (not stop or bad < stop) or not stop then
          return wrong("unexpected end of string", bad or #text + 1)
        end
        pieces[#pieces + 1] = text:sub(at, stop - 1)
        if text:byte(stop) == 34 then
          at = stop + 1
          kind, value = "T_STRING", table.concat(pieces)
          return
        end
        local letter = text:sub(stop + 1, stop + 1)
        if letter == "u" then
          local code = tonumber(text:match("^%x%x%x%x", stop + 2) or "", 16)
          at = stop + 6
          if code and code >= 0xD800 and code < 0xDC00 then
            local second = tonumber(text:match("^\\u(%x%x%x%x)", at) or "", 16)
            if second and second >= 0xDC00 and second < 0xE000 then
              code = 0x10000 + (code - 0xD800) * 1024 + second - 0xDC00
              at = at + 6
            else
              code = nil
            end
          elseif code and code >= 0xDC00 and code < 0xE000 then
            code = nil
          end
          if not code then
            return wrong("invalid unicode escape code", stop)
          end
          pieces[#pieces + 1] = utf8(code)
        elseif LETTERS[letter] then
          pieces[#pieces + 1] = LETTERS[letter]
          at = stop + 2
        else
          return wrong("invalid escape code", stop)
        end
      end
    end

    local function read_number()
      local word = text:match("^[-+]?0[xX]%x+", at) or text:match("^[-+]?%d+%.?%d*[eE][-+]?%d+", at)
        or text:match("^[-+]?%d+%.?%d*", at) or text:match("^[-+]?%.%d+[eE][-+]?%d+", at)
        or text:match("^[-+]?%.%d+", at)
      local invalid = text:match("^[-+]?0[%dxX]", at) or text:match("^[-+]?[iInN]", at)
      if invalid and not decodes_invalid then
        return wrong("invalid number", at)
      end
      local found = word and tonumber(word)
      if not found then
        local low = text:sub(at, at + 8):lower()
        local name = low:match("^[-+]?infinity") or low:match("^[-+]?inf") or low:match("^[-+]?nan")
        if not name then
          return wrong("invalid number", at)
        end
        word = name
        found = tonumber(name)
      end
      kind, value = "T_NUMBER", found
      at = at + #word
    end

    local function read()
      at = text:find("[^ \t\n\r]", at) or #text + 1
      began = at
      local mark = text:sub(at, at)
      if mark == "" or mark == "\0" then
        kind = "T_END"
      elseif MARKS[mark] then
        kind = MARKS[mark]
        at = at + 1
      elseif mark == '"' then
        at = at + 1
        read_string()
      elseif mark:find("[-+%d]") then
        read_number()
      else
        local word = text:match("^true", at) or text:match("^false", at) or text:match("^null", at)
        if word then
          kind = word == "null" and "T_NULL" or "T_BOOLEAN"
          value = WORDS[word]
          at = at + #word
        elseif text:sub(at, at + 2):lower():find("^inf") or text:sub(at, at + 2):lower() == "nan" then
          read_number()
        else
          wrong("invalid token", at)
        end
      end
    end

    local function deeper()
      depth = depth + 1
      if depth > most_decoded then
        error({"Found too many nested data structures (" .. depth .. ") at character " .. began}, 0)
      end
    end

    local parse

    -- Calls `one` for each item up to the bracket that closes what has begun.
    local function items(closing, name, one)
      deeper()
      read()
      if kind ~= closing then
        while true do
          one()
          read()
          if kind == closing then break end
          if kind ~= "T_COMMA" then fail("comma or " .. name .. " end") end
          read()
        end
      end
      depth = depth - 1
    end

    local function parse_object()
      local made = {}
      items("T_OBJ_END", "object", function()
        if kind ~= "T_STRING" then fail("object key string") end
        local key = value
        read()
        if kind ~= "T_COLON" then fail("colon") end
        read()
        made[key] = parse()
      end)
      return made
    end

    local function parse_array()
      local made, place = {}, 0
      items("T_ARR_END", "array", function()
        place = place + 1
        made[place] = parse()
      end)
      return made
    end

    function parse()
      if kind == "T_STRING" or kind == "T_NUMBER" or kind == "T_BOOLEAN" then
        return value
      elseif kind == "T_NULL" then
        return null
      elseif kind == "T_OBJ_BEGIN" then
        return parse_object()
      elseif kind == "T_ARR_BEGIN" then
        return parse_array()
      end
      fail("value")
    end

    local ok, result = pcall(function()
      read()
      local made = parse()
      read()
      if kind ~= "T_END" then fail("the end") end
      return made
    end)
    if not ok then
      error(type(result) == "table" and result[1] or result, 2)
    end
    return result
  end

  return cjson
end

return new()
