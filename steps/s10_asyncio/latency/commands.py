"""LATENCY: what took long, and how long commands take.

`latency-monitor-threshold` says from when on something is noted, in milliseconds. The histograms of
LATENCY HISTOGRAM cost time for each command, so they are kept only while `latency-tracking` is on.

https://redis.io/docs/latest/commands/latency-latest/
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import ClassVar

from steps.s02_resp.values import CommandError, Reply, Verbatim, text_of
from steps.s05_commands.command import ANYTIME, OPERATOR, Family, Flags
from steps.s05_commands.fields import Bulk, Rest
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.latency.report import doctor, graph
from steps.s10_asyncio.session import ClientSession


class LatencyFamily(Command, Family, name="LATENCY", flags=Flags.NONE):
    """What took long."""

    group = "server"


class Latency(Command, abstract=True, flags=OPERATOR):
    """A member of the family LATENCY."""

    group = "server"
    tips: ClassVar[tuple[str, ...]] = (
        "nondeterministic_output",
        "request_policy:all_nodes",
        "response_policy:special",
    )


class LatencyLatest(Latency, name="LATENCY LATEST"):
    """Of each kind of event: when it last took long, how long, and the longest of all times."""

    def execute(self, session: ClientSession) -> Reply:
        return [
            [event.encode(), *one.spikes[-1], one.worst]
            for event, one in session.state.spikes.series.items()
        ]


class LatencyHistory(Latency, name="LATENCY HISTORY"):
    """When events of a kind took long, and how long."""

    event = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        found = session.state.spikes.series.get(text_of(self.event))
        return [list(spike) for spike in found.spikes] if found else []


class LatencyGraph(Latency, name="LATENCY GRAPH"):
    """The same as a picture."""

    event = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        name = text_of(self.event)
        found = session.state.spikes.series.get(name)
        if found is None:
            raise CommandError(f"ERR No samples available for event '{name}'")
        return Verbatim(graph(name, found, int(time.time())).encode())


class LatencyReset(Latency, name="LATENCY RESET"):
    """Forgets some kinds of events, or all; returns how many."""

    tips = ("request_policy:all_nodes", "response_policy:all_succeeded")
    events = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        return session.state.spikes.reset([text_of(event) for event in self.events])


class LatencyDoctor(Latency, name="LATENCY DOCTOR"):
    """What there is to say about all of it."""

    def execute(self, session: ClientSession) -> Reply:
        spikes, settings = session.state.spikes, session.state.settings
        slower_than = settings.slowlog_log_slower_than
        text = doctor(spikes.series, spikes.threshold, slower_than, int(time.time()))
        return Verbatim(text.encode())


class LatencyHistogram(Latency, name="LATENCY HISTOGRAM"):
    """How many calls of each command were done within how many microseconds."""

    names = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        histograms = session.state.histograms
        return {
            one.full_name().encode(): {
                b"calls": histograms.calls(one),
                b"histogram_usec": {
                    limit // 1000: total for limit, total in histograms.cumulative(one).items()
                },
            }
            for one in self.commands(session)
            if one in histograms.buckets
        }

    def commands(self, session: ClientSession) -> Iterator[type[Command]]:
        """The commands that are named, or all. The name of a family stands for its members."""
        registry = session.state.registry
        if not self.names:
            yield from session.state.histograms.buckets
        for name in self.names:
            full = name.upper().replace(b"|", b" ")
            if full in registry.families:
                yield from registry.subcommands(full)
            elif command := registry.get(full):
                yield command


class LatencyHelp(Help, name="LATENCY HELP", flags=ANYTIME):
    """Says which subcommands there are."""

    group = "server"
