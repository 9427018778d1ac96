"""Exercises 0.3 and 0.4: a to-do list, kept in a file."""

from __future__ import annotations

import json
import os

import pytest


@pytest.fixture
def path(tmp_path):
    """Where the list of this test is kept."""
    return str(tmp_path / "list.json")


@pytest.fixture
def todo(code, path):
    """Calls `todo` with these words; returns the exit code and the lines."""

    def call(*words):
        exit_code, printed = code.s00.respond(["todo", "--file", path, *words])
        return exit_code, printed.splitlines()

    return call


ADD_WHY = "An item is appended; its text is the words behind `add`, joined by a space each."
DONE_WHY = (
    "Items are numbered from 1, Python's lists from 0. items[int(number) - 1] is right for 1 and "
    "up; for 0 it is items[-1], the last item. Words that are not numbers are a TodoError as well: "
    "'²'.isdigit() is true, and int() refuses it."
)


@pytest.mark.exercise("0.3", why=ADD_WHY)
def test_items_are_added(code):
    """An item that was added is returned, and listed."""
    todo = code.s00.TodoList([])
    assert todo.run(["list"]) == []
    assert todo.run(["add", "buy", "milk"]) == ["1. [ ] buy milk"]
    assert todo.run(["add", "call Ada"]) == ["2. [ ] call Ada"]
    assert todo.run(["list"]) == ["1. [ ] buy milk", "2. [ ] call Ada"]


@pytest.mark.exercise(
    "0.3",
    why="The words are the user's own. They are joined by one space each, and otherwise taken as "
    "they are, with the blanks at their ends.",
)
def test_the_text_stays_as_it_came(code):
    """Blanks inside a word, and at its ends, are kept."""
    todo = code.s00.TodoList([])
    assert todo.run(["add", "  two", "words "]) == ["1. [ ]   two words "]
    assert todo.run(["add", "", "buy", " ", "milk"]) == ["2. [ ]  buy   milk"]


@pytest.mark.exercise("0.3", why=DONE_WHY)
def test_an_item_is_done(code):
    """An item that is done is marked, and only that."""
    todo = code.s00.TodoList([])
    for word in ("one", "two", "three"):
        todo.run(["add", word])
    assert todo.run(["done", "2"]) == ["2. [x] two"]
    assert todo.run(["list"]) == ["1. [ ] one", "2. [x] two", "3. [ ] three"]


@pytest.mark.exercise(
    "0.3",
    why="What is done stays done: set `done` to True. `not item.done` makes it undone the second time.",
)
def test_an_item_that_is_done_already(code):
    """An item that is marked twice is done."""
    todo = code.s00.TodoList([])
    todo.run(["add", "one"])
    assert [todo.run(["done", "1"]) for _ in range(2)] == [["1. [x] one"]] * 2


@pytest.mark.exercise(
    "0.3",
    why="Two items may have the same text. items.index(item) finds the first item that is equal; the "
    "number that was asked for says which one is meant.",
)
def test_equal_items_are_two(code):
    """Of two items with the same text, the one with this number is marked."""
    todo = code.s00.TodoList([])
    for text in ("tea", "milk", "tea", "milk"):
        todo.run(["add", text])
    assert todo.run(["done", "3"]) == ["3. [x] tea"]
    assert todo.run(["list"]) == ["1. [ ] tea", "2. [ ] milk", "3. [x] tea", "4. [ ] milk"]
    assert todo.run(["add", "milk"]) == ["5. [ ] milk"]


@pytest.mark.exercise("0.3", why=DONE_WHY)
@pytest.mark.parametrize(
    "number", ["0", "-1", "3", "two", "1.0", "999999999999", "", "\u00b2", "\u0969"]
)
def test_a_number_that_no_item_has(code, number):
    """A number that no item has is refused, and nothing is marked."""
    todo = code.s00.TodoList([])
    todo.run(["add", "one"])
    todo.run(["add", "two"])
    assert code.labs.s00.refusal(todo, ["done", number]) != ""
    assert todo.run(["list"]) == ["1. [ ] one", "2. [ ] two"]


@pytest.mark.exercise(
    "0.3",
    why="An item needs a text to be read later. No word after `add` gives none, and words of blanks "
    "don't either: look at the text once it is joined. Raise TodoError before anything is added.",
)
@pytest.mark.parametrize("words", [["add"], ["add", " "], ["add", "", ""]])
def test_an_item_without_text(code, words):
    """An item without text is refused, and the list stays as it was."""
    todo = code.s00.TodoList([])
    todo.run(["add", "one"])
    assert code.labs.s00.refusal(todo, words) != ""
    assert todo.run(["list"]) == ["1. [ ] one"]


@pytest.mark.exercise(
    "0.3",
    why="Words that are not a command raise TodoError, with a sentence, and leave the list as it is. "
    "Their number counts as well: `done` takes one number, and `list` takes nothing.",
)
@pytest.mark.parametrize(
    "words", [["done"], ["done", "1", "2"], ["list", "all"], ["drop"], ["ADD", "one"], []]
)
def test_words_that_make_no_command(code, words):
    """Words that are not a command are refused."""
    todo = code.s00.TodoList([])
    todo.run(["add", "one"])
    assert code.labs.s00.refusal(todo, words) != ""
    assert todo.run(["list"]) == ["1. [ ] one"]


@pytest.mark.exercise("0.4", why="After a return of write_atomically, the file holds the text.")
def test_the_list_is_kept(code, path):
    """What was written is found again, the second time too."""
    code.s00.write_atomically(path, "première\n")
    with open(path, encoding="utf-8", newline="") as file:
        assert file.read() == "première\n".replace("\n", os.linesep)
    code.s00.write_atomically(path, "2")
    with open(path, encoding="utf-8") as file:
        assert file.read() == "2"


@pytest.mark.exercise(
    "0.4",
    why="open(path, 'w') empties the very file that others may be reading. A new file that takes "
    "the old one's name leaves them the old content, whole.",
)
def test_who_reads_meanwhile_finds_the_old_content(code, path):
    """The old file is replaced, not overwritten."""
    code.s00.write_atomically(path, "old")
    os.link(path, path + ".seen")  # another name for the same file, like that of a reader
    code.s00.write_atomically(path, "new and longer")
    with open(path + ".seen", encoding="utf-8") as file:
        assert file.read() == "old"


@pytest.mark.exercise(
    "0.4",
    why="Writing may fail half-way: here the text holds a character that UTF-8 has no bytes for. "
    "What was there before must still be there.",
)
def test_a_failure_loses_nothing(code, path):
    """If writing fails, the file is as it was, and the caller gets the error."""
    code.s00.write_atomically(path, "old")
    assert code.labs.s00.failure(path, "new " * 10_000 + "\udce9") == "UnicodeEncodeError"
    with open(path, encoding="utf-8") as file:
        assert file.read() == "old"


@pytest.mark.exercise(
    "0.4",
    why="The temporary file is yours: whatever fails, writing it or replacing the old one, remove "
    "it.",
)
def test_no_temporary_file_stays(code, path):
    """Neither success nor failure leaves a temporary file behind."""
    code.s00.write_atomically(path, "old")
    assert code.labs.s00.failure(path, "new \udce9") != ""
    folder = path + ".folder"  # a file can't take the place of a folder
    os.mkdir(folder)
    assert code.labs.s00.failure(folder, "new") != ""
    assert sorted(os.listdir(os.path.dirname(path))) == ["list.json", "list.json.folder"]


@pytest.mark.exercise(
    "0.4",
    why="What `write` was given waits in a buffer of the file object until the file is closed. "
    "Replace the old file after the `with`; inside it the new one is still empty on disk.",
)
def test_all_is_written_before_the_old_file_goes(code, path):
    """The file that takes the old one's place has the whole text by then."""
    code.s00.write_atomically(path, "old")
    replaced = code.labs.s00.replacement(path, "short, and whole")
    assert [on_disk for _, on_disk in replaced] == ["short, and whole"]


@pytest.mark.exercise(
    "0.4",
    why="A rename is a single step only within one file system, and /tmp is often on another one, "
    "so that os.replace is refused. The folder of `path` is always on the right one.",
)
def test_the_temporary_file_is_a_neighbour(code, path, tmp_path):
    """The temporary file is made in the folder of the file, in whatever folder that is."""
    (tmp_path / "deep" / "down").mkdir(parents=True)
    for place in (path, str(tmp_path / "deep" / "down" / "list.json")):
        replaced = code.labs.s00.replacement(place, "text")
        folders = [os.path.realpath(folder) for folder, _ in replaced]
        assert folders == [os.path.dirname(os.path.realpath(place))]


@pytest.mark.exercise(
    "0.4",
    why="Ctrl-C raises KeyboardInterrupt, which `except Exception` and `except OSError` let pass: the "
    "temporary file stays then. Use `finally`, or catch BaseException and raise it again.",
)
def test_ctrl_c_leaves_no_temporary_file(code, path):
    """Ctrl-C at the last moment goes on to the caller, and the temporary file is gone."""
    code.s00.write_atomically(path, "old")
    said = code.labs.s00.failure_at("os.rename", "KeyboardInterrupt", path, "new")
    assert said == "KeyboardInterrupt"
    assert os.listdir(os.path.dirname(path)) == ["list.json"]
    with open(path, encoding="utf-8") as file:
        assert file.read() == "old"


@pytest.mark.exercise(
    "0.4",
    why="If the temporary file could not be made, there is nothing to remove, and os.remove fails "
    "as well. The caller wants to know the first error, not that of the clean-up.",
)
def test_tidying_up_hides_no_error(code, path):
    """If the temporary file can't be created, the caller gets the reason."""
    code.s00.write_atomically(path, "old")
    said = code.labs.s00.failure_at("open", "PermissionError", path, "new")
    assert said == "PermissionError"


@pytest.mark.exercise(
    "0.4",
    why="A file that nobody closes stays open until the garbage collector comes by, and on Windows an "
    "open file can be neither renamed nor removed. A `with` closes it on every way out; a `close()` "
    "after `write` is skipped if `write` fails.",
)
@pytest.mark.parametrize("text", ["new", "new \udce9"])
def test_the_temporary_file_is_closed(code, path, text):
    """Whether writing succeeds or fails, the file is closed."""
    assert code.labs.s00.left_open(path, text) == 0


@pytest.mark.exercise(
    "0.4",
    why='A process that is killed can\'t tidy up: its temporary file stays. Open yours with "w", which '
    'empties the file; "a" would write after what is left there, and "x" would refuse from then on.',
)
def test_a_temporary_file_of_a_process_that_was_killed(code, path):
    """A temporary file that was left there does no harm."""
    assert code.labs.s00.written_after_a_kill(path, "new") == "new"


@pytest.mark.exercise(
    "0.4",
    why='Without encoding="utf-8", `open` writes in the encoding of the machine: on Windows often '
    "cp1252, here ASCII. Then the same text becomes other bytes, or cannot be written.",
)
def test_the_text_is_utf_8_on_every_machine(command, tmp_path):
    """A text with an é is written as UTF-8 even if the machine prefers ASCII."""
    kept = tmp_path / "todo.json"
    kept.write_text('[{"text": "café", "done": false}]', "utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = command("s00", "todo", "--file", str(kept), "add", "milk", env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    written = kept.read_text("utf-8")
    assert ("café" in written, "milk" in written) == (True, True)


def test_the_list_outlives_the_process(todo):
    """Each call finds what the calls before it left."""
    assert todo("list") == (0, [])
    assert todo("add", "buy", "milk") == (0, ["1. [ ] buy milk"])
    assert todo("add", "call\nAda ") == (0, ["2. [ ] call Ada"])
    assert todo("done", "1") == (0, ["1. [x] buy milk"])
    assert todo("list") == (0, ["1. [x] buy milk", "2. [ ] call Ada"])


def test_a_text_that_cannot_be_kept(todo):
    """A text that UTF-8 has no bytes for is refused in a sentence."""
    todo("add", "buy", "milk")
    assert todo("add", "caf\udce9") == (2, ["the text is not valid Unicode; nothing was saved"])
    assert todo("list") == (0, ["1. [ ] buy milk"])


def test_a_file_that_is_no_list(code, path):
    """A file that holds something else is refused, and stays as it is."""
    damaged = ["", "{", "[1]", '[{"text": "no done"}]', '{"a": 1}', "[" * 100_000, "\x00", "null"]
    for content in damaged:
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        exit_code, sentence = code.s00.respond(["todo", "--file", path, "list"])
        assert exit_code == 2
        assert "does not hold a to-do list" in sentence
        with open(path, encoding="utf-8") as file:
            assert file.read() == content


def test_a_place_that_cannot_be_used(code, tmp_path):
    """A folder in place of the file, and a folder that is not there, are refused in a sentence."""
    exit_code, sentence = code.s00.respond(["todo", "--file", str(tmp_path), "list"])
    assert exit_code == 2
    assert sentence.startswith("cannot read")
    missing = str(tmp_path / "missing" / "list.json")
    exit_code, sentence = code.s00.respond(["todo", "--file", missing, "add", "one"])
    assert exit_code == 2
    assert sentence.startswith("cannot write")


def test_the_file_is_readable_json(todo, path):
    """The file is JSON that a person can read."""
    todo("add", "café")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert "café" in text
    assert json.loads(text) == [{"text": "café", "done": False}]
