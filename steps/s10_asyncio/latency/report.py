"""LATENCY GRAPH and LATENCY DOCTOR: the spikes as a picture and in words, those of Redis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from steps.s10_asyncio.latency.spikes import Series, Spike

# --- the graph ------------------------------------------------------------------------------------

COLUMNS: Final = 80
HEIGHT: Final = 4
SHADES: Final = "_o#"
"""Three heights in a row; below the top of a column the graph is filled with bars."""

UNITS: Final = {"d": 24 * 3600, "h": 3600, "m": 60, "s": 1}


def graph(event: str, series: Series, now: int) -> str:
    """The latest spikes as columns, with their age below, written downwards."""
    heights = [spike.milliseconds for spike in series.spikes]
    title = (
        f"{event} - high {max(heights)} ms, low {min(heights)} ms"
        f" (all time high {series.worst} ms)\n{'-' * COLUMNS}\n"
    )
    columns = [
        column(spike, age(now - spike.time), min(heights), max(heights)) for spike in series.spikes
    ]
    parts = [lines(columns[start : start + COLUMNS]) for start in range(0, len(columns), COLUMNS)]
    return title + "\n".join(parts)


def column(spike: Spike, label: str, low: int, high: int) -> str:
    """One spike: the characters of its column from the top, an empty one, and its age."""
    steps = HEIGHT * len(SHADES)
    step = min((spike.milliseconds - low) * steps // ((high - low) or 1), steps - 1)
    row, shade = divmod(step, len(SHADES))
    bar = "|" * row + SHADES[shade]
    return bar[::-1].rjust(HEIGHT) + " " + label


def lines(columns: Sequence[str]) -> str:
    """Columns side by side."""
    longest = max(map(len, columns))
    rows = zip(*(one.ljust(longest) for one in columns), strict=True)
    return "".join("".join(row) + "\n" for row in rows)


def age(seconds: int) -> str:
    """How long ago something was, in the largest unit that fits."""
    unit = next((unit for unit, length in UNITS.items() if seconds >= length), "s")
    return f"{seconds // UNITS[unit]}{unit}"


# --- the doctor -----------------------------------------------------------------------------------

DISABLED: Final = (
    "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may"
    ' use "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. If we weren\'t'
    " in a deep space mission I'd suggest to take a look at"
    " https://redis.io/topics/latency-monitor.\n"
)
NO_SPIKES: Final = (
    "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the"
    " slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think"
    " things over.\n"
)
OBSERVED: Final = (
    "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it,"
    " do you Dave?\n\n"
)
SWITCH_ON: Final = (
    "- There are latency issues with potentially slow commands you are using. Try to enable the Slow"
    " Log Redis feature using the command 'CONFIG SET slowlog-log-slower-than {}'. If the Slow log is"
    " disabled Redis is not able to log slow commands execution for you.\n"
)
TUNE: Final = (
    "- Your current Slow Log configuration only logs events that are slower than your configured"
    " latency monitor threshold. Please use 'CONFIG SET slowlog-log-slower-than {}'.\n"
)
INSPECT: Final = (
    "- Check your Slow Log to understand what are the commands you are running which are too slow to"
    " execute. Please check https://redis.io/commands/slowlog for more information.\n"
)
BUSY_MACHINE: Final = (
    "- The system is slow to execute Redis code paths not containing system calls. This usually means"
    " the system does not provide Redis CPU time to run for long periods. You should try to:\n"
    "  1) Lower the system load.\n"
    "  2) Use a computer / VM just for Redis if you are running other software in the same system.\n"
    '  3) Check if you have a "noisy neighbour" problem.\n'
    "  4) Check with 'redis-cli --intrinsic-latency 100' what is the intrinsic latency in your"
    " system.\n"
)
LARGE_OBJECTS: Final = (
    "- Deleting, expiring or evicting (because of maxmemory policy) large objects is a blocking"
    " operation. If you have very large objects that are often deleted, expired, or evicted, try to"
    " fragment those objects into multiple smaller objects.\n"
)


def doctor(every: Mapping[str, Series], threshold: int, slower_than: int, now: int) -> str:
    """What there is to say about all spikes.

    `threshold` is that of the monitor in milliseconds, `slower_than` that of the slow log in
    microseconds.
    """
    if not every:
        return NO_SPIKES if threshold else DISABLED
    found = (described(n, event, one, now) for n, (event, one) in enumerate(every.items(), 1))
    advices = "".join(advised(every, threshold, slower_than))
    return f"{OBSERVED}{''.join(found)}\nI have a few advices for you:\n\n{advices}"


def described(number: int, event: str, series: Series, now: int) -> str:
    """A line about one kind of event."""
    times = [spike.milliseconds for spike in series.spikes]
    average = sum(times) // len(times)
    deviation = sum(abs(average - one) for one in times) // len(times)
    period = (now - series.spikes[0].time or 1) / len(times)
    return (
        f"{number}. {event}: {len(times)} latency spikes (average {average}ms, mean deviation"
        f" {deviation}ms, period {period:.2f} sec). Worst all time event {series.worst}ms.\n"
    )


def advised(events: Iterable[str], threshold: int, slower_than: int) -> Iterable[str]:
    """The advice for some kinds of events, each once."""
    kinds = set(events)
    if "command" in kinds:
        if slower_than < 0:
            yield SWITCH_ON.format(threshold * 1000)
        elif slower_than // 1000 > threshold:
            yield TUNE.format(threshold * 1000)
        yield INSPECT
    if "fast-command" in kinds:
        yield BUSY_MACHINE
    if kinds & {"command", "expire-cycle"}:
        yield LARGE_OBJECTS
