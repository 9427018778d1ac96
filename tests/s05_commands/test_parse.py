"""Exercises 5.3 and 5.4: the words of a request become typed fields."""

from __future__ import annotations

import pytest

NOT_AN_INTEGER = "-ERR value is not an integer or out of range"
SYNTAX_ERROR = "-ERR syntax error"


@pytest.mark.exercise(
    "5.3",
    why="Only the name may be written in any case. A key or a value is taken as it came: bytes, no "
    "capitals, no text.",
)
def test_keys_stay_as_they_came(code):
    """Keys and values are kept byte by byte."""
    parsed = code.labs.s05.parsed
    assert parsed([b"span", b"Key\r\n\xff", b"1", b"2"])["key"] == b"Key\r\n\xff"
    assert parsed([b"KEEP", b"nx", b"get"])["key"] == b"nx"
    assert parsed([b"KEEP", b"nx", b"get"])["value"] == b"get"


@pytest.mark.exercise(
    "5.3",
    why="Each part of cls.syntax takes its words from the front, in order: "
    "setattr(parsed, part.name, part.take(words)).",
)
def test_each_word_becomes_a_field(code):
    """The words become fields, each of its type."""
    parsed = code.labs.s05.parsed
    assert parsed([b"SPAN", b"list", b"0", b"-1"]) == {"key": b"list", "start": 0, "stop": -1}
    assert parsed([b"SUM", b"2", b"3"]) == {"left": 2, "right": 3}
    assert parsed([b"HELLO"]) == {}


@pytest.mark.exercise(
    "5.3", why="A field that refuses a word raises. That is the reply, and parse lets it pass."
)
def test_a_word_of_the_wrong_type(code):
    """A word that does not fit its field is an error."""
    parsed = code.labs.s05.parsed
    assert parsed([b"SPAN", b"k", b"0", b"x"]) == NOT_AN_INTEGER
    assert parsed([b"SPAN", b"k", b"1.5", b"0"]) == NOT_AN_INTEGER
    assert parsed([b"AWAIT", b"k", b"soon"]) == "-ERR value is not a valid float"


@pytest.mark.exercise(
    "5.3",
    why="Words that are left when all parts have taken theirs are an error: "
    "`if words: raise cls.unexpected(words)`. Without it `SET k v EXX 5` looks like a success.",
)
def test_words_that_are_left_over(code):
    """Words that no field takes are refused."""
    parsed = code.labs.s05.parsed
    assert parsed([b"TAKE", b"k", b"1", b"2"]) == SYNTAX_ERROR
    assert parsed([b"KEEP", b"k", b"v", b"NOPE"]) == SYNTAX_ERROR
    assert parsed([b"KEEP", b"k", b"v", b"NX", b"NOPE"]) == SYNTAX_ERROR


@pytest.mark.exercise(
    "5.3",
    why="Which error it is, the command decides: `cls.unexpected(words)` makes one, and some "
    "commands make another than the rest. Raise what it returns.",
)
def test_the_command_makes_the_error(code):
    """The error for words that are left over is the one that the command makes."""
    assert code.labs.s05.parsed([b"PICKY", b"a", b"b"]) == "-ERR PICKY wants no b"


@pytest.mark.exercise(
    "5.3",
    why="The name of a subcommand has two words. `cls.words(request)` leaves out the right "
    "number; request[1:] takes OPEN for the key.",
)
def test_a_name_of_two_words(code):
    """The fields of a subcommand begin after its second word."""
    assert code.labs.s05.parsed([b"box", b"open", b"k"]) == {"key": b"k"}


@pytest.mark.exercise(
    "5.3",
    why="Others read the request after you: the journal of step 7, the log of step 9. "
    "`cls.words(request)` is a list of its own, from which the parts may take; `request` stays "
    "whole.",
)
def test_the_request_stays_as_it_is(code):
    """A request is the same after it was parsed."""
    request = [b"box", b"Open", b"k"]
    assert code.labs.s05.request_after_parse(list(request)) == request


@pytest.mark.exercise(
    "5.3",
    why="An empty word is a word. `words.peek()` gives b'' for it and for the end alike; test "
    "`words` itself to see whether anything is left.",
)
def test_an_empty_word_that_is_left_over(code):
    """An empty word that no field takes is refused like any other."""
    parsed = code.labs.s05.parsed
    assert parsed([b"TAKE", b"k", b"1", b""]) == SYNTAX_ERROR
    assert parsed([b"KEEP", b"k", b"v", b""]) == SYNTAX_ERROR
    assert parsed([b"KEEP", b"", b""])["value"] == b""


@pytest.mark.exercise(
    "5.3",
    why="Each request needs an object of its own: parsed = cls(). Values set on the class are "
    "seen by every request, and stay for the next one.",
)
def test_each_request_is_an_object_of_its_own(code):
    """Two requests do not share their values, and an option does not stay for the next."""
    requests = [
        [b"KEEP", b"a", b"1", b"NX", b"EX", b"5"],
        [b"KEEP", b"b", b"2"],
    ]
    first, second = code.labs.s05.parsed_one_after_the_other(*requests)
    assert (first["key"], first["condition"], first["time"]) == (b"a", "NX", ["EX", 5])
    assert (second["key"], second["condition"], second["time"]) == (b"b", None, None)


@pytest.mark.exercise(
    "5.3",
    why="Options give a dict of several fields: each of them is set on the object. A field that is "
    "not in the dict keeps its default.",
)
def test_options_become_fields_too(code):
    """Options become fields as well, and those not given have their default."""
    parsed = code.labs.s05.parsed
    assert parsed([b"KEEP", b"k", b"v"]) == {
        "key": b"k",
        "value": b"v",
        "time": None,
        "condition": None,
        "get": False,
    }
    assert parsed([b"KEEP", b"k", b"v", b"EX", b"5", b"GET", b"XX"]) == {
        "key": b"k",
        "value": b"v",
        "time": ["EX", 5],
        "condition": "XX",
        "get": True,
    }


@pytest.mark.exercise(
    "5.3",
    why="The parts are walked from front to back. Options may come before other words, as in ZADD "
    "key NX score member: take them where they are.",
)
def test_words_behind_options(code):
    """Options may stand in front of other words."""
    parsed = code.labs.s05.parsed
    both = [[1.5, b"a"], [2.0, b"b"]]
    assert parsed([b"SCORE", b"k", b"1.5", b"a", b"2", b"b"])["members"] == both
    request = [b"SCORE", b"k", b"ch", b"NX", b"1.5", b"a", b"2", b"b"]
    assert parsed(request) == {"key": b"k", "condition": "NX", "changed": True, "members": both}
    assert parsed([b"SCORE", b"k", b"NX", b"1"]) == SYNTAX_ERROR


@pytest.mark.exercise(
    "5.3",
    why="A field knows how many words to take, and leaves those that the following fields need. "
    "Pass it all the remaining words, not one.",
)
def test_fields_of_many_words(code):
    """A field may take no word, or many."""
    parsed = code.labs.s05.parsed
    assert parsed([b"TAKE", b"k"]) == {"key": b"k", "count": None}
    assert parsed([b"TAKE", b"k", b"3"]) == {"key": b"k", "count": 3}
    names = [b"a", b"b", b"c"]
    assert parsed([b"AWAIT", *names, b"0.5"]) == {"names": names, "timeout": 0.5}
    assert parsed([b"MERGE", b"to", b"2", b"a", b"b"]) == {"target": b"to", "sources": [b"a", b"b"]}
    assert parsed([b"MERGE", b"to", b"3", b"a", b"b"]) == SYNTAX_ERROR


# --- 5.4 ------------------------------------------------------------------------------------------


@pytest.mark.exercise(
    "5.4",
    why="An option takes its value itself: `option.take_option(word, words)`, after the word has "
    "been taken. In EX NX the NX is where the number should be, so it is an invalid number, not an "
    "option.",
)
def test_the_value_of_an_option_is_not_the_next_option(code):
    """The word after EX is its value, whatever it looks like."""
    taken = code.labs.s05.taken
    assert taken(b"KEEP", [b"EX", b"NX"]) == NOT_AN_INTEGER
    assert taken(b"KEEP", [b"EX", b"GET", b"5"]) == NOT_AN_INTEGER
    assert taken(b"KEEP", [b"NX", b"EX"]) == SYNTAX_ERROR


@pytest.mark.exercise(
    "5.4",
    why="Options may come in any order. Loop over the words and find the option of each; a loop "
    "over the options finds them in one order only.",
)
def test_options_in_any_order(code):
    """The options come in any order."""
    taken = code.labs.s05.taken
    wanted = [{"condition": "NX", "get": True, "time": ["EX", 5]}, []]
    assert taken(b"KEEP", [b"NX", b"GET", b"EX", b"5"]) == wanted
    assert taken(b"KEEP", [b"EX", b"5", b"GET", b"NX"]) == wanted
    assert taken(b"KEEP", [b"GET", b"EX", b"5", b"NX"]) == wanted


@pytest.mark.exercise(
    "5.4", why="Clients write nx, Nx and NX. Compare in capitals; by_word has str keys in capitals."
)
def test_options_in_any_case(code):
    """The words of options come in any case."""
    taken = code.labs.s05.taken
    assert taken(b"KEEP", [b"nx", b"Get"]) == [{"condition": "NX", "get": True}, []]
    assert taken(b"KEEP", [b"keepTTL"]) == [{"time": ["KEEPTTL", None]}, []]


@pytest.mark.exercise(
    "5.4",
    why="Without options the dict is empty. What was not given is not in it: its default stays.",
)
def test_no_options(code):
    """No words, no options."""
    taken = code.labs.s05.taken
    assert taken(b"KEEP", []) == [{}, []]
    assert taken(b"KEEP", [b"GET"]) == [{"get": True}, []]


@pytest.mark.exercise(
    "5.4",
    why="NX and XX are two words of one option: both at once contradict each other. Remember for "
    "each option.name which word chose it.",
)
def test_options_that_exclude_each_other(code):
    """Two words that exclude each other are a syntax error."""
    taken = code.labs.s05.taken
    assert taken(b"KEEP", [b"NX", b"XX"]) == SYNTAX_ERROR
    assert taken(b"KEEP", [b"xx", b"GET", b"nx"]) == SYNTAX_ERROR
    assert taken(b"KEEP", [b"EX", b"5", b"PX", b"5"]) == SYNTAX_ERROR
    assert taken(b"KEEP", [b"KEEPTTL", b"EX", b"5"]) == SYNTAX_ERROR


@pytest.mark.exercise(
    "5.4",
    why="That PX contradicts EX is clear from the word, whatever its value is, and Redis says so "
    "first. Compare the words before the option takes its value.",
)
def test_a_contradiction_comes_before_the_value(code):
    """Of two words that exclude each other, the value of the second is not looked at."""
    assert code.labs.s05.taken(b"KEEP", [b"EX", b"5", b"PX", b"soon"]) == SYNTAX_ERROR
    assert code.labs.s05.taken(b"KEEP", [b"EX", b"5", b"PX"]) == SYNTAX_ERROR


@pytest.mark.exercise(
    "5.4",
    why="Repeating the same word is not wrong, and its last value counts: Redis answers OK to "
    "`SET k v NX NX` and to `SET k v EX 5 EX 6`. Compare the words, not only the names of the "
    "options.",
)
def test_the_same_option_again(code):
    """The same option twice is not an error; the last value counts."""
    taken = code.labs.s05.taken
    assert taken(b"KEEP", [b"NX", b"nx"]) == [{"condition": "NX"}, []]
    assert taken(b"KEEP", [b"GET", b"GET"]) == [{"get": True}, []]
    assert taken(b"KEEP", [b"GET"] * 9 + [b"NX"]) == [{"get": True, "condition": "NX"}, []]
    assert taken(b"KEEP", [b"EX", b"5", b"EX", b"6"]) == [{"time": ["EX", 6]}, []]


@pytest.mark.exercise(
    "5.4",
    why="At the first word that is not an option, stop and leave it where it is: peek looks, next "
    "takes. In ZADD the pairs follow the options, and a member may be called NX.",
)
def test_the_first_word_that_is_no_option_ends_them(code):
    """The first word that is not an option stays where it is, with all words after it."""
    taken = code.labs.s05.taken
    assert taken(b"SCORE", [b"NX", b"1", b"a"]) == [{"condition": "NX"}, [b"1", b"a"]]
    assert taken(b"SCORE", [b"1", b"NX", b"2", b"CH"]) == [{}, [b"1", b"NX", b"2", b"CH"]]
    assert taken(b"KEEP", [b"GET", b"nope", b"NX"]) == [{"get": True}, [b"nope", b"NX"]]


@pytest.mark.exercise(
    "5.4",
    why="A client may send any bytes where an option is expected. If decoding can raise, a "
    "UnicodeDecodeError takes the place of the syntax error; use text_of.",
)
def test_a_word_that_is_no_text(code):
    """Bytes that are not text are not an option."""
    assert code.labs.s05.taken(b"KEEP", [b"GET", b"\xff\xfe"]) == [{"get": True}, [b"\xff\xfe"]]
