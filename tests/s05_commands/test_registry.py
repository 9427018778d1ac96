"""Exercises 5.1 and 5.2: the registry."""

from __future__ import annotations

import pytest

CAPITALS = (
    "The class is LLen, the command is LLEN: clients write names in any case, so the registry keeps "
    "one spelling, capitals as bytes. The same one goes into command.name."
)


@pytest.mark.exercise("5.1", why=CAPITALS)
def test_the_class_gives_the_name(code):
    """A class without a name of its own gives its command the name of the class, in capitals."""
    layers = code.labs.s05.Layers()
    layers.define("LLen")
    assert layers.names() == [b"LLEN"]
    assert layers.class_named(b"LLEN") == "LLen"


@pytest.mark.exercise(
    "5.1",
    why="command.name is b'' unless the class states a name. If it does, that is the name: "
    "ConfigGet is CONFIG GET, and `CONFIGGET` is not a command.",
)
def test_a_name_that_is_stated_counts(code):
    """A name that the class states takes precedence over the name of the class."""
    layers = code.labs.s05.Layers()
    layers.define("ConfigGet", "config get")
    assert layers.names() == [b"CONFIG GET"]
    assert layers.class_named(b"CONFIG GET") == "ConfigGet"


@pytest.mark.exercise(
    "5.1",
    why="Errors, COMMAND and the count of words read command.name. Set it to the name under which "
    "the command is registered.",
)
def test_the_class_knows_its_name(code):
    """Afterwards the class itself knows under which name it is registered."""
    layers = code.labs.s05.Layers()
    assert layers.define("LLen") == b"LLEN"
    assert layers.define("ConfigGet", "config get") == b"CONFIG GET"


@pytest.mark.exercise(
    "5.1",
    why="Two classes of the same name in one step are a mistake: a copied class whose name was "
    "not changed. The second must not silently take the place of the first. ValueError says so.",
)
def test_a_name_twice_is_refused(code):
    """A second command of the same name is refused, with the name, and the first one stays."""
    layers = code.labs.s05.Layers()
    layers.define("LLen")
    assert "LLEN" in (layers.refused("LLEN") or "")
    assert "LLEN" in (layers.refused("Other", "llen") or "")
    assert layers.class_named(b"LLEN") == "LLen"
    assert layers.names() == [b"LLEN"]


@pytest.mark.exercise(
    "5.1",
    why="A later step redefines SET, with more options. self.commands has the names of the lower "
    "steps too; self.own has only those of this step, and only these count as taken.",
)
def test_a_later_step_may_define_a_name_anew(code):
    """A step may redefine a command of a step below, which keeps its own."""
    layers = code.labs.s05.Layers()
    layers.define("Get")
    layers.define("Set")
    layers.define("SetWithMore", "SET", upper=True)
    assert layers.class_named(b"SET", upper=True) == "SetWithMore"
    assert layers.class_named(b"GET", upper=True) == "Get"
    assert layers.class_named(b"SET") == "Set"


@pytest.mark.exercise(
    "5.1",
    why="What a step adds must not be visible below it: the server of step 5 has no lists. Write "
    "to self.commands of this registry, and to nothing else.",
)
def test_a_command_of_a_later_step_is_not_seen_below(code):
    """A command that a later step adds is not there in the steps below."""
    layers = code.labs.s05.Layers()
    layers.define("Get")
    layers.define("LLen", upper=True)
    assert layers.names() == [b"GET"]
    assert layers.names(upper=True) == [b"GET", b"LLEN"]
    layers.define("StrLen")
    assert layers.names(upper=True) == [b"GET", b"LLEN", b"STRLEN"]


# --- 5.2 ------------------------------------------------------------------------------------------


@pytest.mark.exercise(
    "5.2",
    why="`self.lookup(request)` returns the class, and find returns that if the number of words "
    "is right. The name counts as a word: `SPAN k 0 1` has four.",
)
def test_a_command_is_found_in_any_case(code):
    """A command is found by its name in any case."""
    found = code.labs.s05.found
    assert found([b"SPAN", b"k", b"0", b"1"]) == b"SPAN"
    assert found([b"span", b"k", b"0", b"1"]) == b"SPAN"
    assert found([b"hElLo"]) == b"HELLO"
    assert found([b"box", b"open", b"k"]) == b"BOX OPEN"


@pytest.mark.exercise(
    "5.2",
    why="Redis repeats the name as it came, then each argument in quotes with a blank after it, "
    "even the last one. The name is bytes: use `shown(word)`, for str() would write b'nope'.",
)
def test_an_unknown_command_in_redis_words(code):
    """A command that is not there: the error repeats its name and its arguments."""
    found = code.labs.s05.found
    start = "-ERR unknown command"
    assert found([b"nope"]) == f"{start} 'nope', with args beginning with: "
    assert found([b"Nope", b"a", b"b c"]) == f"{start} 'Nope', with args beginning with: 'a' 'b c' "
    assert found([b""]) == f"{start} '', with args beginning with: "


@pytest.mark.exercise(
    "5.2",
    why="A name may hold any bytes. If they are not text, the error still has to be: "
    "`shown(word)` decodes what can be decoded.",
)
def test_a_name_that_is_no_text(code):
    """A name of bytes that are not text is an unknown command like any other."""
    assert code.labs.s05.found([b"\xff\xfe", b"\xff"]).startswith("-ERR unknown command '")


@pytest.mark.exercise(
    "5.2",
    why="A client may send a name of a megabyte, and the error must not send it back. `shown` "
    "cuts a word after 128 bytes, `quote` all arguments together; `text_of` cuts nothing.",
)
def test_long_words_are_cut(code):
    """The error repeats 128 bytes of the name, and no more of its arguments."""
    found = code.labs.s05.found
    start = "-ERR unknown command"
    assert found([b"x" * 300]) == f"{start} '{'x' * 128}', with args beginning with: "
    said = f"{start} 'nope', with args beginning with: '{'y' * 100}' '{'z' * 25}' "
    assert found([b"nope", b"y" * 100, b"z" * 100, b"more"]) == said


@pytest.mark.exercise(
    "5.2",
    why="A positive arity is the exact number of words. The name is one of them: GET key has "
    "arity 2. Raise `command.wrong_arity()`; if it is returned, the caller takes it for a class.",
)
def test_an_exact_number_of_words(code):
    """A command with a fixed number of words takes no more and no fewer."""
    found = code.labs.s05.found
    wrong = "-ERR wrong number of arguments for 'span' command"
    assert found([b"SPAN", b"k", b"0", b"1"]) == b"SPAN"
    assert found([b"SPAN", b"k", b"0"]) == wrong
    assert found([b"SPAN", b"k", b"0", b"1", b"2"]) == wrong
    assert found([b"span"]) == wrong
    assert found([b"HELLO"]) == b"HELLO"
    assert found([b"HELLO", b"x"]) == "-ERR wrong number of arguments for 'hello' command"


@pytest.mark.exercise(
    "5.2",
    why="A negative arity (-3) means at least 3 words. Comparing for equality, or without the sign, "
    "refuses MSET with two pairs or lets MGET without keys through.",
)
def test_at_least_so_many_words(code):
    """A command with a negative arity takes as many words as that, or more."""
    found = code.labs.s05.found
    assert found([b"AWAIT", b"k", b"0"]) == b"AWAIT"
    assert found([b"AWAIT", b"a", b"b", b"c", b"0"]) == b"AWAIT"
    assert found([b"AWAIT", b"k"]) == "-ERR wrong number of arguments for 'await' command"
    assert found([b"TAKE", b"k"]) == b"TAKE"
    assert found([b"TAKE"]) == "-ERR wrong number of arguments for 'take' command"


@pytest.mark.exercise(
    "5.2",
    why="In a family like CONFIG, the second word is unknown. `self.subcommands(name)` is not "
    "empty for a family; its name goes into the error in capitals, the subcommand as it came. "
    "Without a second word there is nothing unknown: lookup finds the family itself, and its arity "
    "is -2.",
)
def test_an_unknown_subcommand(code):
    """A family with a member that is not there: the error names the member."""
    found = code.labs.s05.found
    assert found([b"BOX", b"Nope"]) == "-ERR unknown subcommand 'Nope'. Try BOX HELP."
    assert found([b"box", b"nope", b"k"]) == "-ERR unknown subcommand 'nope'. Try BOX HELP."
    assert found([b"BOX"]) == "-ERR wrong number of arguments for 'box' command"


@pytest.mark.exercise(
    "5.2",
    why="`command.wrong_arity()` is the error. It writes a subcommand as `box|open`; the arity "
    "counts both words of the name.",
)
def test_the_words_of_a_subcommand(code):
    """The number of words of a subcommand, whose name has two."""
    found = code.labs.s05.found
    wrong = "-ERR wrong number of arguments for 'box|open' command"
    assert found([b"BOX", b"OPEN", b"k"]) == b"BOX OPEN"
    assert found([b"box", b"shut", b"k"]) == b"BOX SHUT"
    assert found([b"BOX", b"OPEN"]) == wrong
    assert found([b"BOX", b"OPEN", b"k", b"l"]) == wrong
