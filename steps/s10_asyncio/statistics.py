"""What the server counts while it runs, for INFO."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple

from steps.s09_logging.usage import Usage

PERIOD: Final = 0.1
"""Seconds between two samples. Redis: 100 ms."""

SAMPLES: Final = 16
"""The rate is an average over this many samples. Redis: STATS_METRIC_SAMPLES."""


class Sample(NamedTuple):
    """The counts at some time, or per second."""

    time: float = 0
    commands: float = 0
    input_bytes: float = 0
    output_bytes: float = 0


class ScriptCounts(NamedTuple):
    """What INFO says of scripts and functions; sizes are in bytes."""

    scripts: int = 0
    functions: int = 0
    libraries: int = 0
    script_texts: int = 0
    function_texts: int = 0
    script_lua: int = 0
    """What the Lua has in which scripts run; that of functions is another one."""
    function_lua: int = 0


@dataclass
class Statistics:
    """The counters that INFO shows."""

    connections: int = 0
    rejected: int = 0
    usage: dict[type[Any], Usage] = field(default_factory=dict)
    """For each command that was run; all sessions count here."""
    errors: Counter[str] = field(default_factory=Counter)
    """How many replies were errors, by their first word."""
    input_bytes: int = 0
    output_bytes: int = 0
    reads: int = 0
    writes: int = 0
    """How often bytes arrived, and how often bytes were sent."""
    hits: int = 0
    misses: int = 0
    """How often a command that only reads looked up a key that was there, or one that was not."""
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def sample(self, now: float) -> None:
        """Notes the present counts; to be called every PERIOD."""
        self.samples.append(Sample(now, self.commands(), self.input_bytes, self.output_bytes))

    def rates(self) -> Sample:
        """Commands and bytes per second, over the latest samples."""
        if len(self.samples) < 2:
            return Sample()
        first, last = self.samples[0], self.samples[-1]
        seconds = last.time - first.time or 1
        differences = [
            (after - before) / seconds for before, after in zip(first, last, strict=True)
        ]
        return Sample(*differences)

    def commands(self) -> int:
        """How many commands have been run. Queued commands do not count."""
        return sum(usage.calls for kind, usage in self.usage.items() if kind.name)

    def count_failure(self, kind: type[Any], *, ran: bool, rejected: bool) -> None:
        """A command's reply was an error. `ran`: it has already been counted as a call."""
        usage = self.usage.setdefault(kind, Usage())
        if rejected:
            usage.rejected += 1
        else:
            usage.failed += 1
            usage.calls += not ran

    def count_error(self, text: str) -> None:
        """A reply was this error."""
        self.errors[text.partition(" ")[0]] += 1

    def reset(self) -> None:
        """Starts at 0 again."""
        self.usage.clear()  # the sessions have it, too
        fresh = Statistics(usage=self.usage)
        for one in fields(self):
            setattr(self, one.name, getattr(fresh, one.name))
