r"""Exercise 9.7: the log, read back. All of this file is yours.

    def events(lines: Iterable[bytes]) -> Iterator[dict[str, str]]

It is the other end of exercise 9.3: from the lines of a log, such as a file opened with "rb" gives
them, to the fields of each event, in their order.

- A line of text is `key=value`, with one blank between two fields. A key is a word of letters, digits
  and underscores. A value without quotes is what stands there; a value in quotes is a JSON string, and
  what it spells is the value.
- A line of JSON is one object. Its values that are strings are the values; of any other the value is how
  JSON writes it: `9`, `true`, `null`, `[1, 2]`.
- An event begins with the field `time`. Everything else that stands in a log is left out: the traceback
  of another program, an empty line, half a line. A line that does not end in a line feed is half a line,
  since its server is still writing it; on Windows a carriage return stands before the line feed.
  Nothing in a log makes this raise an exception.
- A log may be larger than memory, and grow for ever: each event comes as soon as its line is there, and
  nothing is kept.

A trap: a value may hold anything, also ` level=error`, a quote, or a backslash at its end. Only what
stands outside of quotes ends a field.

    >>> list(events([b'time=2024-05-01T12:00:00Z event="client gone" why="no \\"OK\\""\n']))
    [{'time': '2024-05-01T12:00:00Z', 'event': 'client gone', 'why': 'no "OK"'}]

`python -m steps.s09 report FILE` counts the events of a log with it.
"""
