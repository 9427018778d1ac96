"""Errors and logs with values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest

NOTICE = 25


def word(chance):
    """Any word."""
    return f"{chance.randrange(1 << 40):x}"


@pytest.mark.exercise("9.2", why="The text says what was being done, whatever that was.")
def test_any_doing(code, seed):
    """The error says what was being done, whatever it was."""
    chance = random.Random(seed)
    for _ in range(3):
        doing = f"save {word(chance)}"
        assert (
            code.labs.s09.through("no number", doing)["text"] == f"cannot {doing}: the disk is gone"
        )


@pytest.mark.exercise("9.3", why="Every fact is in the line under its name, with its value.")
@pytest.mark.parametrize("form", ["text", "json"])
def test_any_facts(code, fields, form, seed):
    """Any facts are in the line, and can be read back."""
    chance = random.Random(seed)
    recorder = code.labs.s09.Recorder(form=form)
    names = [f"n{word(chance)}" for _ in range(4)]
    values = [word(chance) + " " + word(chance) for _ in names]
    recorder.event(NOTICE, word(chance), **dict(zip(names, values, strict=True)))
    [line] = recorder.lines
    found = fields(line)
    assert [found[name] for name in names] == values


@pytest.mark.exercise(
    "9.5", why="Whichever fails, the others are still called, and the exit code shows it."
)
def test_any_failure(code, seed):
    """Whichever step fails, the others are still called."""
    chance = random.Random(seed)
    whole = code.labs.s09.House()
    code.labs.s09.leave_house(whole)
    order = list(whole.calls)
    failing = chance.choice(order)
    house = code.labs.s09.House(failing)
    assert code.labs.s09.leave_house(house)[0] == 1
    assert house.calls == order
    assert len(order) == 5


@pytest.mark.exercise("9.6", why="An entry has the next id and the words of its own request.")
def test_any_entries(code, seed):
    """Any requests are kept with their words, the newest first, as many as there is room for."""
    chance = random.Random(seed)
    room, count = chance.randint(2, 5), chance.randint(6, 9)
    log = code.labs.s09.slow_log(room)
    requests = [[b"ECHO", word(chance).encode()] for _ in range(count)]
    for request in requests:
        log.add(request, 1.0)
    entries = [(one.id, list(one.arguments)) for one in log.latest(count)]
    numbered = list(enumerate(requests))
    assert entries == numbered[: -room - 1 : -1]
