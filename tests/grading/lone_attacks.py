"""What a submission could try, each in a function: True if it got what it wanted.

All are bounded by themselves, for they are also played with nothing in their way. The standard
library is all there is here: the attacker sees nothing of the repository.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import mmap
import os
import platform
import signal
import socket
import sys
import threading
import time

facts = json.loads(sys.argv[1])
trusted = facts["trusted"]
libc = ctypes.CDLL(None, use_errno=True)


def reads(path: str) -> str:
    with contextlib.suppress(OSError), open(path, errors="replace") as file:
        return file.read(100_000)
    return ""


def in_a_child(attack: object) -> bool:
    """For what cannot be undone."""
    assert callable(attack)
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os._exit(0 if attack() else 1)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


# ---------------------------------------------------------------- files


def reads_a_file() -> bool:
    """Of others, which everybody may read."""
    return reads(facts["secret"]) != ""


def reads_by_a_link() -> bool:
    """The same, and the grader would follow it as well."""
    with contextlib.suppress(OSError):
        os.symlink(facts["secret"], "link")
    return reads("link") != ""


def lists_homes() -> bool:
    """Whose machine is it?"""
    for folder in ("/home", "/root", "/etc", "/var", "/tmp"):
        with contextlib.suppress(OSError):
            if set(os.listdir(folder)) & {"passwd", "log", ".bashrc", ".ssh", "cloudsdk"}:
                return True
    return False


def finds_redis() -> bool:
    """The real server, to stand in front of it."""
    return any(os.path.exists(f"{path}/redis-server") for path in ("/usr/bin", "/usr/local/bin"))


def brings_a_program() -> bool:
    """One that it carries along."""
    with open("program", "w") as file:
        file.write(f"#!{os.path.realpath(sys.executable)} -IS\n")
    os.chmod("program", 0o755)
    return in_a_child(lambda: os.execv("./program", ["./program"]))


def writes_beside() -> bool:
    """Where everybody may write."""
    with contextlib.suppress(OSError), open(facts["open"] + "/trace", "w") as file:
        file.write("was here")
        return True
    return False


def writes_its_code() -> bool:
    """So that the next process runs something else."""
    with contextlib.suppress(OSError), open(facts["box"] + "/more.py", "w") as file:
        file.write("pass")
        return True
    return False


def writes_at_the_top() -> bool:
    """In memory that nobody counts."""
    for folder in ("/", "/dev", "/dev/shm", "/etc", os.path.dirname(facts["box"])):
        with contextlib.suppress(OSError), open(f"{folder}/trace-{facts['token']}", "w") as file:
            os.unlink(file.name)
            return True
    return False


def fills_the_disk() -> bool:
    """Six megabytes: the room is for four."""
    try:
        for number in range(6):
            with open(f"part-{number}", "wb") as file:
                file.write(bytes(1 << 20))
    except OSError:
        return False
    finally:
        for number in range(6):
            with contextlib.suppress(OSError):
                os.unlink(f"part-{number}")
    return True


def keeps_the_disk_full() -> bool:
    """The same, and leaves it there for a while."""
    for number in range(6):
        with open(f"part-{number}", "wb") as file:
            file.write(bytes(1 << 20))
    time.sleep(5)
    return True


def makes_many_files() -> bool:
    """Six hundred: the room is for five hundred."""
    try:
        for number in range(600):
            os.mkdir(f"folder-{number}")
    except OSError:
        return False
    finally:
        for number in range(600):
            with contextlib.suppress(OSError):
                os.rmdir(f"folder-{number}")
    return True


def writes_a_large_file() -> bool:
    """Three megabytes: a file may have two."""
    try:
        with open("large", "wb") as file:
            file.write(bytes(3 << 20))
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.unlink("large")
    return True


def hides_files() -> bool:
    """In a folder without rights, and in one too deep for any path."""
    os.mkdir("closed")
    with open("closed/file", "w") as file:
        file.write("x")
    os.chmod("closed/file", 0)
    os.chmod("closed", 0)
    os.mkdir("deep")
    os.chdir("deep")
    for _ in range(300):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    return True


# ---------------------------------------------------------------- processes


def signals_the_trusted() -> bool:
    """Only to see whether it could."""
    with contextlib.suppress(OSError):
        os.kill(trusted, 0)
        return trusted != os.getpid()
    return False


def reads_its_environment() -> bool:
    """There the trusted process has what it was told."""
    return "TRUSTED" in reads(f"/proc/{trusted}/environ")


def sees_others() -> bool:
    """Any process with a name that is not its own."""
    with contextlib.suppress(OSError):
        return any(
            "grading.stage" in reads(f"/proc/{name}/cmdline")
            and "lone_attacks.py" not in reads(f"/proc/{name}/cmdline")
            for name in os.listdir("/proc")
            if name.isdigit() and name != "1"
        )
    return False


def traces_a_child() -> bool:
    """ptrace: its own child, which anybody may without a filter."""

    def attack() -> bool:
        return int(libc.ptrace(0, 0, 0, 0)) == 0

    return in_a_child(attack)


def leaves_a_daemon() -> bool:
    """Forked twice, in a session of its own, deaf to signals: gone after half a minute by itself."""
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(30)"
    if not os.fork():
        os.setsid()
        if not os.fork():
            for descriptor in range(3):
                os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            words = [sys.executable, "-I", "-S", "-c", code, facts["token"]]
            os.execv(sys.executable, words)
        os._exit(0)
    os.wait()
    return True


def keeps_a_daemon_at_work() -> bool:
    """As long as the tests go on: it still writes after two seconds."""
    leaves_a_daemon()
    code = "import time; time.sleep(2); open('still', 'w')"
    if not os.fork():
        if not os.fork():
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", code])
        os._exit(0)
    os.wait()
    time.sleep(4)
    return os.path.exists("still")


def starts_many_threads() -> bool:
    """Fifty: it may have twenty."""
    over = threading.Event()
    threads = [threading.Thread(target=over.wait) for _ in range(50)]
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    except RuntimeError:
        return False
    finally:
        over.set()
        for thread in started:
            thread.join()
    return True


def forks_and_forks() -> bool:
    """A fork bomb of at most fifty: it may have twenty."""
    children = []
    try:
        for _ in range(50):
            child = os.fork()
            if not child:
                time.sleep(20)
                os._exit(0)
            children.append(child)
    except OSError:
        return False
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return True


def burns_processor_time() -> bool:
    """Ten seconds of it."""
    while time.process_time() < 10:
        pass
    return True


def stops_the_warden() -> bool:
    """Process 1, on which all others depend."""
    if trusted == os.getppid():  # nothing stands between
        return True
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(1, number)
    time.sleep(0.2)
    return "State:\tT" in reads("/proc/1/status")


def looks_into_the_warden() -> bool:
    """Its memory, its files, what it was told, its tracer."""
    number = trusted if trusted == os.getppid() else 1
    for attempt in (
        lambda: open(f"/proc/{number}/mem", "r+b").close(),
        lambda: os.listdir(f"/proc/{number}/fd"),
        lambda: open(f"/proc/{number}/environ", "rb").close(),
    ):
        with contextlib.suppress(OSError):
            attempt()
            return True
    return bool(libc.prctl(4, 1) == 0 and libc.ptrace(0x4206, number, 0, 0) == 0)


def has_capabilities() -> bool:
    """Those of the warden, which started it."""
    fields = dict(line.split(":\t") for line in reads("/proc/self/status").splitlines())
    return any(int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapAmb"))


# ---------------------------------------------------------------- memory


def asks_for_memory() -> bool:
    """Three gigabytes in one piece, untouched: there are addresses for 2.4."""
    try:
        with mmap.mmap(-1, 3 << 30, flags=mmap.MAP_PRIVATE | 0x20):
            return True
    except OSError:
        return False


def holds_memory() -> bool:
    """400 MB in small pieces, and holds them: it may have 300."""
    kept = []
    for _ in range(40):
        kept.append(b"\1" * (10 << 20))
        time.sleep(0.01)
    time.sleep(3)
    return len(kept) == 40


def fills_sockets() -> bool:
    """360 MB in the buffers of sockets, in four processes: it may have 300."""
    children = []
    for _ in range(4):
        child = os.fork()
        children.append(child)
        if not child:
            pairs = [socket.socketpair() for _ in range(450)]
            for one, _ in pairs:
                one.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    while True:
                        one.send(bytes(50_000))
            time.sleep(3)
            os._exit(0)
    return [os.waitpid(child, 0)[1] for child in children] == [0] * 4


def hides_memory() -> bool:
    """Memory that belongs to no process: a file without a name, shared pages, System V."""
    numbers = {"x86_64": (319, 29), "aarch64": (279, 194)}[platform.machine()]
    without_name = int(libc.syscall(numbers[0], b"x", 0)) >= 0
    segment = int(libc.syscall(numbers[1], 0, 4096, 0o1600)) >= 0
    with contextlib.suppress(OSError), mmap.mmap(-1, 4096):
        return True
    return without_name or segment


# ---------------------------------------------------------------- the kernel, the network


def becomes_root_somewhere() -> bool:
    """In a user namespace of its own, where it could mount and more."""
    return in_a_child(lambda: libc.unshare(0x10000000) == 0)


def clones_into_another() -> bool:
    """The same by another door."""
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    child = int(ctypes.PyDLL(None).syscall(number, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0))
    if not child:
        os._exit(0)
    if child > 0:
        os.waitpid(child, 0)
    return child > 0


def could_gain_rights() -> bool:
    """By a set-user-id program."""
    return int(libc.prctl(39, 0, 0, 0, 0)) == 0


def reaches_a_port() -> bool:
    """That of somebody else on this machine."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", facts["port"]), 2):
        return True
    return False


def reaches_the_host() -> bool:
    """Of a virtual machine, which no network namespace hides."""
    with contextlib.suppress(OSError, AttributeError), socket.socket(socket.AF_VSOCK):
        return True
    return False


def reaches_itself() -> bool:
    """What has to go on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address, 2):
            return True


def works() -> bool:
    """And these: files, threads, subprocesses, randomness."""
    with open("file", "w") as file:
        file.write("x")
    os.replace("file", "other")
    thread = threading.Thread(target=lambda: os.fsync(os.open("other", os.O_RDWR)))
    thread.start()
    thread.join()
    code = "import asyncio, socket, random; asyncio.run(asyncio.sleep(0)); print(random.random())"
    import subprocess

    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return ran.stdout != b"" and os.urandom(8) != b"" and os.environ.get("TRUSTED") is None


for name in sys.argv[2:]:
    print(json.dumps({name: globals()[name]()}), flush=True)
