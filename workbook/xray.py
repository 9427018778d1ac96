"""`checker.py xray 10`: the learner's server in the browser, with two clients, call by call.

A page on 127.0.0.1 (`xray.html`), and behind it the server of a step in a child process (`trace.py`).
Whatever is typed there is sent to that server. A file that is edited meanwhile takes effect with the
next request: the server is started again then, with empty databases. The page says what can't be done.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import threading
from contextlib import ExitStack
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from workbook import trace, unwritten, wire
from workbook.bootstrap import CHECKER
from workbook.calls import SOLVED, Call, CallTrouble
from workbook.talk import step_number

PAGE = Path(__file__).with_name("xray.html")
PORT = 8010
MOST = 1 << 20
"""Bytes that the page may send at once."""

CLIENTS = 2


def run(call: Call) -> int:
    """The sub-command."""
    port = call.number("--port")
    journal = call.flag("--journal")
    number = step_number(call)
    with Machine(number, call.root, journal) as machine:
        try:
            site = Site(machine, PORT if port is None else port)
        except OSError as error:
            raise CallTrouble(
                f"Port {PORT if port is None else port} is not available ({error.strerror}); choose "
                f"another one, such as {CHECKER} xray {number} --port 8011 (0 takes any that is free)."
            ) from None
        with site:
            try:
                print(f"Step {number} is at {site.address} (Ctrl-C ends it).", flush=True)
                site.serve_forever()
            except KeyboardInterrupt:
                print()
    return SOLVED


# ---------------------------------------------------------------- the server behind the page


class Machine:
    """The server of a step and two clients of it; started when it is needed, and after each edit."""

    def __init__(self, step: int, root: Path, journal: bool = False) -> None:
        self.step, self.root = step, root
        self.options = trace.options_for(step, journal)
        self.lock = threading.Lock()
        self.running = ExitStack()
        self.server: trace.Traced | None = None
        self.clients: list[wire.Client] = []
        self.sessions: list[int] = []
        self.stamps: dict[Path, int] = {}

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the page gets for what it asks."""
        try:
            request = str(asked.get("text", ""))
            data = trace.encoded(self.step, request)
            if asked["do"] == "bytes":
                return {"bytes": [wire.show(bytes([one])) for one in data]}
            cuts = sorted(int(at) for at in asked.get("cuts", []))
        except CallTrouble as trouble:
            return {"error": str(trouble)}
        with self.lock:
            try:
                return self.send(int(asked["client"]) % CLIENTS, data, cuts)
            except wire.WireFailure as trouble:
                self.stop()
                return {"error": unwritten.sentence(trouble) or str(trouble)}

    def send(self, who: int, data: bytes, cuts: list[int]) -> dict[str, Any]:
        """Sends a request for one of the clients: what came of each piece."""
        begun = self.begin()
        assert self.server is not None
        self.server.hide(trace.passwords(data, cuts))
        pieces = []
        for piece in trace.cut(data, cuts):
            before = self.server.order(b"keys")
            found = self.server.follow(self.clients[who], piece)
            others = [
                trace.received(other.socket)[0] if at != who else b""
                for at, other in enumerate(self.clients)
            ]
            facts = self.facts(found, before, others)
            pieces.append(facts)
            if found.closed:
                facts["note"] = (
                    "The server has closed the connection; the next request opens another."
                )
            if found.busy:
                facts["note"] = (
                    "The server does not finish: the last call below goes on and on."
                    " It is ended; the next request starts it again."
                )
            if found.closed or found.busy:
                self.stop()
                break
        return {"pieces": pieces, "begun": begun}

    def facts(self, piece: trace.Piece, before: Any, others: list[bytes]) -> dict[str, Any]:
        """One piece, as the page shows it."""
        server = self.server
        assert server is not None
        sessions = [] if piece.busy else server.order(b"sessions")
        return {
            "sent": trace.shown(piece.sent, 400),
            "came": trace.shown(piece.came, 400),
            "others": [trace.shown(data, 400) for data in others],
            "inside": piece.inside,
            "calls": [
                {
                    "whose": one.whose,
                    "depth": one.depth,
                    "text": trace.called(one, 200),
                    "end": one.end,
                    "place": f"{one.file}:{one.line}",
                }
                for one in piece.frames
            ],
            "more": piece.more,
            "changes": piece.changes,
            "journal": trace.shown(piece.journal, 400),
            "before": before,
            "after": {} if piece.busy else server.order(b"keys"),
            "sessions": [sessions[at] if at < len(sessions) else {} for at in self.sessions],
        }

    def begin(self) -> bool:
        """Has the server of the files as they are now; says whether it was started just now."""
        stamps = {
            path: path.stat().st_mtime_ns
            for folder in ("steps", "solutions")
            for path in (self.root / folder).rglob("*.py")
        }
        if self.server and self.server.exit_code() is None and stamps == self.stamps:
            return False
        self.stop()
        self.stamps = stamps
        folder = self.running.enter_context(tempfile.TemporaryDirectory(prefix="workbook-xray-"))
        self.server = self.running.enter_context(
            trace.Traced(self.step, *self.options, root=self.root, cwd=Path(folder))
        )
        for _ in range(1 if self.step in ALONE else CLIENTS):
            self.clients.append(self.server.client())
            self.server.settle()
            self.sessions.append(len(self.server.order(b"sessions")) - 1)
        while len(self.clients) < CLIENTS:  # the server has ears for one client at a time
            self.clients.append(self.clients[0])
            self.sessions.append(self.sessions[0])
        return True

    def stop(self) -> None:
        """Ends the server, if there is one."""
        self.running.close()
        self.running = ExitStack()
        self.server = None
        self.clients, self.sessions = [], []


ALONE = (1, 2, 3)
"""The steps whose server has one client after another."""


# ---------------------------------------------------------------- the page


class Site(ThreadingHTTPServer):
    """The page, and what it asks for; for this machine only."""

    daemon_threads = True

    def __init__(self, machine: Machine, port: int) -> None:
        self.machine = machine
        self.token = secrets.token_urlsafe(16)
        super().__init__(("127.0.0.1", port), Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.address = f"http://{self.host}/"

    def page(self) -> bytes:
        """The page, with what it needs to know."""
        facts = json.dumps({"token": self.token, "step": self.machine.step})
        return PAGE.read_bytes().replace(b"/*FACTS*/{}", facts.encode())


class Handler(BaseHTTPRequestHandler):
    """Takes requests of the page. A name that only leads here (DNS rebinding) is refused."""

    server: Site

    def do_GET(self) -> None:
        if self.allowed() and self.path == "/":
            self.reply(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page())
        else:
            self.reply(HTTPStatus.NOT_FOUND, "text/plain", b"There is one page here: /\n")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        token = self.headers.get("X-Token", "")
        if not (
            self.allowed()
            and secrets.compare_digest(token.encode(), self.server.token.encode())
            and length.isdigit()
            and int(length) <= MOST
        ):
            self.reply(HTTPStatus.FORBIDDEN, "text/plain", b"Load the page again.\n")
            return
        try:
            asked = json.loads(self.rfile.read(int(length)))
            answer = self.server.machine.answer(asked)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            answer = {"error": f"That was not a request from this page: {error}."}
        self.reply(HTTPStatus.OK, "application/json", json.dumps(answer).encode())

    def allowed(self) -> bool:
        """Whether it was asked under the address of this page."""
        return self.headers.get("Host") == self.server.host

    def reply(self, status: HTTPStatus, kind: str, data: bytes) -> None:
        """Sends it."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; connect-src 'self'; "
            "script-src 'unsafe-inline'; style-src 'unsafe-inline'",
        )
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal is for the learner."""
