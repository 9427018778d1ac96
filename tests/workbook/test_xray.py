"""The page of `checker.py xray`: its answers, what goes wrong behind it, and real clicks in Chromium."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from workbook import catalogue, wire
from workbook.patience import patience
from workbook.xray import Machine, Site

ROOT = catalogue.ROOT
STUB = 'raise NotImplementedError("exercise 3.1")'

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine(10, ROOT, journal=True) as made:
        yield made


@pytest.fixture
def site(copy) -> Iterator[Site]:
    """The page of step 5, over the copy."""
    with Machine(5, copy) as behind, Site(behind, 0) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def send(machine, who, text, *cuts):
    answer = machine.answer({"do": "send", "client": who, "text": text, "cuts": list(cuts)})
    assert "error" not in answer, answer
    return answer["pieces"]


# ---------------------------------------------------------------- what the page is told


def test_a_client_that_waits_is_served_by_the_other(machine):
    [waits] = send(machine, 0, "BLPOP q 0")
    assert (waits["came"], waits["sessions"][0]["situation"]) == ("", "waits")
    [gives] = send(machine, 1, "RPUSH q x")
    assert gives["came"] == r":1\r\n"
    assert gives["others"] == [r"*2\r\n$1\r\nq\r\n$1\r\nx\r\n", ""]
    assert "situation" not in gives["sessions"][0]
    assert gives["journal"].endswith(r"$4\r\nLPOP\r\n$1\r\nq\r\n")


def test_a_lost_update(machine):
    """Both read, both write: one of the two updates is lost."""
    for who in (0, 1):
        assert send(machine, who, "GET hits")[0]["came"] == r"$-1\r\n"
    for who in (0, 1):
        [last] = send(machine, who, "SET hits 1")
    assert last["after"] == {"0": {"b'hits'": "b'1'"}}


def test_watch_multi_and_exec(machine):
    for text in ("WATCH k", "MULTI", "SET k mine"):
        [mine] = send(machine, 0, text)
    assert mine["sessions"][0]["situation"] == "between MULTI and EXEC"
    send(machine, 1, "SET k theirs")
    [done] = send(machine, 0, "EXEC")
    assert done["came"] == r"*-1\r\n"
    assert done["after"] == {"0": {"b'k'": "b'theirs'"}}


def test_what_the_parser_keeps_between_two_pieces(machine):
    first, second = send(machine, 0, "SET k v", 15)
    assert first["sessions"][0] == {"buffer": r"b'$1'", "words": "[b'SET']", "missing": "2"}
    assert second["sessions"][0]["buffer"] == "b''"
    assert second["came"] == r"+OK\r\n"


def test_the_bytes_of_a_command(machine):
    shown = machine.answer({"do": "bytes", "text": 'ECHO "\\r"'})["bytes"]
    assert "".join(shown) == r"*2\r\n$4\r\nECHO\r\n$1\r\n\r\r\n"


@pytest.mark.parametrize("text", ["SET k 'v", r".raw \q"])
@pytest.mark.parametrize("do", ["send", "bytes"])
def test_what_cannot_be_sent(machine, text, do):
    """It is said; the server stays as it is, also while somebody is still typing."""
    send(machine, 0, "SET k v")
    assert "can't be sent" in machine.answer({"do": do, "client": 0, "text": text})["error"]
    assert send(machine, 0, "GET k")[0]["came"] == r"$1\r\nv\r\n"


def test_a_connection_that_is_closed(machine):
    [gone] = send(machine, 0, "QUIT")
    assert "closed the connection" in gone["note"]
    assert send(machine, 0, "PING")[0]["came"] == r"+PONG\r\n"


def test_an_edit_runs_with_the_next_request(copy):
    file = copy / "steps/s03_store/store.py"
    whole = file.read_text()
    with Machine(5, copy) as machine:
        assert send(machine, 0, "GETSET k v")[0]["came"] == r"$-1\r\n"
        file.write_text(whole.replace(STUB, 'return b"mine"'))
        [mine] = send(machine, 0, "GETSET k v")
        assert mine["came"] == r"$4\r\nmine\r\n"
        [put] = [one for one in mine["calls"] if one["text"].startswith("Store.set(")]
        assert put["whose"] == "yours"
        file.write_text(whole.replace(STUB, "return ("))
        assert (
            "was never closed"
            in machine.answer({"do": "send", "client": 0, "text": "PING"})["error"]
        )
        file.write_text(whole.replace(STUB, "while True: self.find(key)"))
        [endless] = send(machine, 0, "GETSET k v")
        assert "does not finish" in endless["note"]
        file.write_text(whole.replace(STUB, "while True: pass"))
        assert "does not finish" in send(machine, 0, "GETSET k v")[0]["note"]
        file.write_text(whole)
        assert send(machine, 0, "GETSET k v")[0]["came"] == r"$-1\r\n"


# ---------------------------------------------------------------- who may ask


def ask(site, method, path="/", body=b"", **headers):
    line = http.client.HTTPConnection("127.0.0.1", site.server_address[1], timeout=patience())
    line.request(method, path, body, {"Host": site.host, **headers})
    answer = line.getresponse()
    return answer.status, answer.read()


def test_only_the_page_itself_may_ask(site):
    body = json.dumps({"do": "bytes", "text": "PING"}).encode()
    assert ask(site, "GET")[0] == 200
    assert ask(site, "GET", "/other")[0] == 404
    assert ask(site, "GET", Host="evil.example")[0] == 404
    assert ask(site, "POST", body=body)[0] == 403
    assert ask(site, "POST", body=body, **{"X-Token": "x"})[0] == 403
    token = {"X-Token": site.token}
    assert ask(site, "POST", body=body, Host="evil.example", **token)[0] == 403
    assert json.loads(ask(site, "POST", body=body, **token)[1])["bytes"][0] == "*"
    assert (
        "not a request from this page"
        in json.loads(ask(site, "POST", body=b"[]", **token)[1])["error"]
    )
    assert site.server_address[0] == "127.0.0.1"


def test_the_page_needs_nothing_from_elsewhere(site):
    _, page = ask(site, "GET")
    assert not re.search(rb"https?:|src=|<link|@import", page)


# ---------------------------------------------------------------- the command line


def test_a_port_in_use():
    with wire.socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "checker.py", "xray", "5", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert f"Port {port} is not available" in done.stderr
    assert "--port 8011" in " ".join(done.stderr.split())


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one process")
def test_the_command_says_where_the_page_is():
    with subprocess.Popen(
        [sys.executable, "-u", "checker.py", "xray", "5", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        said = child.stdout.readline()
        child.send_signal(2)
        assert child.wait(60) == 0
    assert re.fullmatch(r"Step 5 is at http://127\.0\.0\.1:\d+/ \(Ctrl-C ends it\)\.\n", said)


# ---------------------------------------------------------------- by mouse and by keyboard


def test_the_page_by_clicks_and_keys(site, page):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(site.address)
    page.get_by_label("Command of client A").fill("SET k v")
    page.locator("#bytes0 button").nth(7).click()
    assert page.locator("#bytes0 button[aria-pressed=true]").count() == 1
    page.locator("#send0").click()
    page.get_by_role("status").filter(has_text="2 pieces").wait_for()
    assert page.locator("#log0").inner_text().splitlines()[-1] == r"< +OK\r\n"
    calls = page.get_by_label("Calls, in order")
    assert "StoreSession.portions" in calls.locator("[aria-current]").inner_text()
    assert "nothing" in page.locator("#state").inner_text()

    page.locator("#piece").select_option("1")
    calls.press("End")
    state = page.locator("#state").inner_text()
    assert "b'k' is new: b'v'" in state
    assert r"+OK\r\n" in state
    calls.press("ArrowUp")
    page.locator("#next").click()
    assert page.locator("#state").inner_text() == state

    page.get_by_label("Command of client B").fill("GET k")
    page.get_by_label("Command of client B").press("Enter")
    page.get_by_role("status").filter(has_text="1 piece,").wait_for()
    assert page.locator("#log1").inner_text().splitlines()[-1] == r"< $1\r\nv\r\n"

    page.get_by_label("Command of client B").fill("GET 'k")
    page.locator("#send1").click()
    page.get_by_role("alert").filter(has_text="do not match").wait_for()

    file = site.machine.root / "steps/s03_store/store.py"
    whole = file.read_text()
    file.write_text(whole.replace(STUB, "return ("))
    page.get_by_label("Command of client B").fill("GET k")
    page.locator("#send1").click()
    page.get_by_role("alert").filter(has_text="was never closed").wait_for()
    file.write_text(whole)
    page.locator("#send1").click()
    page.get_by_role("status").filter(has_text="started with empty databases").wait_for()
    assert not page.get_by_role("alert").filter(has_text="never").count()
    assert not errors
