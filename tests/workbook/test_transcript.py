"""Transcripts: how they are read, replayed, recorded, and collected as tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbook import record, transcript, wire

pytestmark = pytest.mark.timeout(120)

HEAD = "title: A test\n\n"


def load(text: str, head: str = HEAD) -> transcript.Transcript:
    return transcript.parse(head + text, Path("some.txt"))


# ---------------------------------------------------------------- reading


def test_head_and_steps():
    head = "title: T: with a colon\nexercise: 3.1\nwhy: W\noptions: --a 'b c'\n# a comment\n"
    talk = "> SET k v\n\n# between\nA>> PING\\r\\n\n< +OK\\r\\n\nA< +PONG\\r\\n\n"
    read = load(talk + "A>! close\n<! closed\n", head)
    assert (read.title, read.exercise, read.why) == ("T: with a colon", "3.1", "W")
    assert read.options == ["--a", "b c"]
    assert [(line.client, line.kind) for line in read.lines] == [
        ("", ">"),
        ("A", ">>"),
        ("", "<"),
        ("A", "<"),
        ("A", ">!"),
        ("", "<!"),
    ]
    assert read.lines[1].data == b"PING\r\n"
    assert read.lines[1].above == ("", "# between")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GET k", [b"GET", b"k"]),
        ("  a   b  ", [b"a", b"b"]),
        ('SET k "two words"', [b"SET", b"k", b"two words"]),
        (r'"\x00\xff\r\n\"\\"', [b'\x00\xff\r\n"\\']),
        (r"'it\'s \n'", [rb"it's \n"]),
        ('""', [b""]),
    ],
)
def test_words_are_quoted_as_in_redis_cli(text, words):
    assert load(f"> {text}\n").lines[0].data == wire.encode(words)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: x\n", "some.txt:2: no line sends anything"),
        ("> PING\n", "some.txt:1: no title:"),
        ("title: x\ntitle: y\n> PING\n", "some.txt:2: a second title:"),
        ("title: x\nhow: y\n> PING\n", "some.txt:2: expected title:, exercise:, why:, options:"),
        ("title: x\nexercise: 2.1\n> PING\n", "some.txt:1: exercise: and why: need each other"),
        ("title: x\n> PING\nhello\n", "some.txt:3: no step begins like this: 'hello'"),
        ("title: x\n> PING\n<+PONG\\r\\n\n", "some.txt:3: no step begins like this"),
        ('title: x\n> "a\n', "some.txt:2: quotes do not match"),
        ('title: x\n> "a"b\n', "some.txt:2: quotes do not match"),
        ("title: x\n>\n", "some.txt:2: a command has at least one word"),
        ("title: x\n> PING\n< \\q\n", "some.txt:3: unknown escape"),
        ("title: x\n> PING\n<! open\n", "some.txt:3: <! takes closed, not 'open'"),
        ("title: x\n>! leave\n", "some.txt:2: >! takes close or abort, not 'leave'"),
    ],
)
def test_a_malformed_transcript_says_where(text, message):
    with pytest.raises(transcript.TranscriptError) as error:
        load(text, head="")
    assert str(error.value).startswith(message)


def test_only_ascii(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("title: x\n> SET k \xe9\n", "utf-8")
    with pytest.raises(transcript.TranscriptError, match=r"a\.txt:2: only ASCII"):
        transcript.load(path)


# ---------------------------------------------------------------- comparing


@pytest.mark.parametrize(
    ("kind", "expected", "got", "same"),
    [
        ("<~", b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:1\r\n", True),
        ("<~", b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:2\r\n", False),
        ("<~", b"*2\r\n:1\r\n:2\r\n", b"~2\r\n:2\r\n:1\r\n", False),
        ("<~", b"*2\r\n+0\r\n*2\r\n:1\r\n:2\r\n", b"*2\r\n+0\r\n*2\r\n:2\r\n:1\r\n", True),
        ("<~", b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n$1\r\n1\r\n", False),
        ("<~", b"%1\r\n+a\r\n+b\r\n", b"%1\r\n+b\r\n+a\r\n", False),
        ("<~", b"*-1\r\n", b"*-1\r\n", True),
        ("<~", b"*0\r\n", b"*0\r\n", True),
        ("<~2", b"*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n", b"*4\r\n+b\r\n:2\r\n+a\r\n:1\r\n", True),
        ("<~2", b"*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n", b"*4\r\n+b\r\n:1\r\n+a\r\n:2\r\n", False),
        ("<?", b":", b":12\r\n", True),
        ("<?", b"$", b":12\r\n", False),
    ],
)
def test_what_counts_as_the_same(kind, expected, got, same):
    if same:
        transcript.compare(kind, expected, got)
    else:
        with pytest.raises(wire.WireFailure):
            transcript.compare(kind, expected, got)


# ---------------------------------------------------------------- replaying and recording

DRAFT = r"""title: All that a transcript can say
options: --maxmemory 100mb

> SET k "two words "
> GET k
>> PING\r\nECHO hi\r\n
>> *1\r\n$4\r\nPI
>> NG\r\n
# the order of a set is nobody's promise
> SADD s a b c
> SMEMBERS s
<~ *3\r\n
> HSET h a 1 b 2
> HGETALL h
<~2 *4\r\n
> TIME
<? *2\r\n
> CONFIG GET maxmemory
A> BLPOP q 0
B> BLPOP q r 0
C> BLPOP q 0
B>! close
C>! abort
> RPUSH q 1
> BLPOP missing 0.1
<
> QUIT
"""


@pytest.fixture
def recorded(program, tmp_path) -> transcript.Transcript:
    program("redis-server", "redis-server")
    path = tmp_path / "draft.txt"
    path.write_text(DRAFT)
    assert record.main([str(path)]) == 0
    return transcript.load(path)


def test_what_was_recorded_can_be_replayed(recorded, redis_server):
    text = recorded.path.read_text()
    assert "# recorded from redis-server 7." in text
    assert "# the order of a set is nobody's promise\n> SADD s a b c\n< :3\\r\\n" in text
    assert "< two words \\r\\n" in text
    assert "<? *2\\r\\n\n> CONFIG" in text
    assert "A< 1\\r\\n" in text
    assert text.endswith("> BLPOP missing 0.1\n< *-1\\r\\n\n> QUIT\n< +OK\\r\\n\n<! closed\n")
    transcript.replay(recorded, redis_server(*recorded.options).client)


def test_recording_again_changes_nothing(recorded):
    assert record.main(["--check", str(recorded.path)]) == 0


def test_a_wrong_reply_is_told_with_its_line(recorded, redis_server, tmp_path):
    text = recorded.path.read_text().replace("< +PONG", "< +PANG", 1)
    line = text.splitlines().index("< +PANG\\r\\n") + 1
    wrong = transcript.parse(text, Path("wrong.txt"))
    with pytest.raises(wire.WireFailure) as failure:
        transcript.replay(wrong, redis_server(*wrong.options).client)
    assert f"wrong.txt:{line}: < +PANG" in str(failure.value)
    assert "after     >> NG\\r\\n" in str(failure.value)
    assert "^ byte 2 differs" in str(failure.value)
    recorded.path.write_text(text)
    assert record.main(["--check", str(recorded.path)]) == 1
    assert recorded.path.read_text() == text


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        ("> PING\n", "after the last step"),
        ("> PING\n< +PONG\\r\\n\n<! closed\n", "and the connection is still open"),
        ("> QUIT\n< +OK\\r\\n\n< +OK\\r\\n\n", "the server closed the connection"),
    ],
)
def test_a_reply_too_many_or_too_few_is_seen(redis_server, talk, message):
    server = redis_server()
    server.timeout = 0.3
    with pytest.raises(wire.WireFailure) as failure:
        transcript.replay(load(talk), server.client)
    assert message in str(failure.value)


def test_without_redis_recording_is_refused(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert record.main([str(tmp_path / "a.txt")]) == 2
    assert "found no redis-server" in capsys.readouterr().err


def test_a_file_that_is_missing_or_malformed_is_one_sentence(program, capsys, tmp_path):
    program("redis-server", "redis-server")
    (tmp_path / "b.txt").write_text("title: x\nbad\n")
    for name in ("a.txt", "b.txt"):
        assert record.main([str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert name in said
        assert len(said.splitlines()) == 1


# ---------------------------------------------------------------- as tests


def test_a_transcript_is_two_tests(mini):
    done = mini.python("-m", "pytest", "tests/s01_mini", "--collect-only", "-q")
    assert "tests/s01_mini/transcripts/ping.txt::ping\n" in done.stdout
    assert "tests/s01_mini/transcripts/ping.txt::ping[redis-server]\n" in done.stdout
    done = mini.python("-m", "pytest", "--collect-only", "-q", "--exercise", "1.2")
    assert "::ping\n" in done.stdout
    assert "::ping[redis-server]" not in done.stdout
    assert "test_small" not in done.stdout


def test_a_failing_one_shows_title_and_why(mini):
    mini.learner(answer="return data")
    done = mini.python("-m", "pytest", "tests/s01_mini", "-k", "ping and not redis")
    assert "expected  +PONG\\r\\n" in done.stdout
    assert "Each ping has its pong\nwhy: Each line is answered by itself." in done.stdout


def test_without_redis_the_twin_is_skipped_but_not_in_ci(mini, monkeypatch):
    call = (
        "-m",
        "pytest",
        "tests/s01_mini/transcripts",
        "-k",
        "redis",
        "-rs",
        "-p",
        "no:cacheprovider",
    )
    done = mini.python(*call, PATH="")
    assert done.returncode == 0
    assert "redis-server is not installed; the Debian package redis-server brings it" in done.stdout
    assert mini.python(*call, PATH="", CI="true").returncode == 1


def test_a_malformed_one_is_an_error_with_its_line(mini):
    mini.write("tests/s01_mini/transcripts/bad.txt", "title: x\nhello\n")
    done = mini.python("-m", "pytest", "tests/s01_mini")
    assert done.returncode == 2
    assert "bad.txt:2: expected title:, exercise:, why:, options: or a step" in done.stdout


def test_the_seed_is_shown_where_a_test_fails_that_used_it(mini):
    test = "def test_cut(cuts):\n    whole, single, *others = cuts(b'abc')\n"
    test += "    assert all(b''.join(pieces) == b'abc' for pieces in others)\n"
    test += "    assert (whole, single) == ([b'abc'], [b'abc'])\n"
    mini.write("tests/s01_mini/test_cuts.py", test)
    for parallel in ((), ("-n", "2")):
        done = mini.python("-m", "pytest", "tests/s01_mini/test_cuts.py", "--seed", "99", *parallel)
        assert "99, to run the same again: --seed 99" in done.stdout
        assert "[b'a', b'b', b'c']" in done.stdout
