"""Reading a file that nobody trusts: one fresh, confined child for each, forked from a warm process.

The child has an open descriptor of the file and nothing else: no environment, no network, no files, no
children, no rights, and limits on memory and time. The warm process is started with an empty environment, without
our descriptors and without threads, so that no child inherits a secret or a held lock. Nothing can be imported or
opened after confinement: what a reader needs, its module gets while it is imported.
"""

import codecs
import ctypes
import gc
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import structlog

from depot.core.errors import Unavailable
from depot.core.i18n import _

MIB = 1 << 20
NOBODY = 65534
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPABILITY_VERSION_3 = 0x20080522
CODECS = ("ascii", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "idna")
LIBC = ctypes.CDLL(None, use_errno=True)

log = structlog.get_logger()


class Outcome(StrEnum):
    """How a run in the sandbox ended."""

    OK = "ok"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"


@dataclass(frozen=True)
class Result:
    """The outcome, and the function's answer when it is OK; of a crash at most the name of the exception.

    `peak` is the most memory that the child had, in bytes, with what it shares with the warm process; 0 when that is
    not known.
    """

    outcome: Outcome
    value: Any = None
    peak: int = field(default=0, compare=False)


def run(
    function: Callable[[int, Any], Any],
    file: BinaryIO | int,
    argument: Any = None,
    *,
    seconds: float = 20,
    memory: int = 512 * MIB,
    answer: int = 32 * MIB,
) -> Result:
    """Call a module-level `function(descriptor, argument)` in a confined child, for at most `seconds`.

    Argument and answer are JSON, the answer of at most `answer` bytes; `memory` is what the child may take in
    bytes beyond the warm process. Open the file read-only. Raises Unavailable when no child could be made.
    """
    deadline = time.monotonic() + seconds
    descriptor = file if isinstance(file, int) else file.fileno()
    request = {"name": function.__qualname__, "argument": argument, "seconds": seconds, "memory": memory}
    ours, process = _child(function.__module__, descriptor, deadline)
    try:
        with ours:
            result = _outcome(ours, {"module": function.__module__, **request}, deadline, answer)
            return result if result.peak else replace(result, peak=_peak(process))
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)
        os.close(process)


def warm(modules: Iterable[str]) -> None:
    """Start the warm process now, with these modules imported; otherwise the first run waits for it."""
    with _lock:
        for module in modules:
            _control().send(module.encode())


def _child(module: str, descriptor: int, deadline: float) -> tuple[socket.socket, int]:
    """A child that waits for its request: the connection to it, and its process descriptor."""
    ours, theirs = socket.socketpair()
    ours.settimeout(max(deadline - time.monotonic(), 0.001))
    try:
        with theirs, _lock:
            socket.send_fds(_control(), [module.encode()], [theirs.fileno(), descriptor])
        _message, descriptors, _flags, _address = socket.recv_fds(ours, 1, 1)
        return ours, descriptors[0]
    except (OSError, IndexError) as error:
        ours.close()
        raise Unavailable(_("Het bestand kan nu niet worden gecontroleerd.")) from error


def _outcome(connection: socket.socket, request: Any, deadline: float, limit: int) -> Result:
    received = bytearray()
    try:
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            data = connection.recv(MIB)
            received += data
            if len(received) > limit:
                return Result(Outcome.TOO_MUCH_OUTPUT)
            if not data:
                return _read(bytes(received))
    except TimeoutError:
        pass
    except ConnectionError:
        return Result(Outcome.CRASHED)
    return Result(Outcome.TIMED_OUT)


def _read(received: bytes) -> Result:
    """What the child says; it may have been taken over by the file, so anything odd is a crash."""
    try:
        said = json.loads(received)
        if said["missing"]:
            _tell_once(", ".join(said["missing"]))
        return Result(Outcome(said["outcome"]), said["value"], int(said["peak"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return Result(Outcome.CRASHED)


def _peak(process: int) -> int:
    """The most memory that a child had, in bytes, as the kernel tells it while the child is there; else 0."""
    with suppress(OSError, ValueError, IndexError):
        number = int(Path(f"/proc/self/fdinfo/{process}").read_text().split("\nPid:")[1].split()[0])
        return int(Path(f"/proc/{number}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    return 0


_lock = threading.Lock()
_warm: tuple[int, subprocess.Popen[bytes], socket.socket] | None = None
_told: set[str] = set()


def _control() -> socket.socket:
    """The line to our warm process, which is started when it is not there; the caller holds the lock."""
    global _warm  # noqa: PLW0603 - one warm process for each process is the point
    if _warm is not None and _warm[0] == os.getpid() and _warm[1].poll() is None:
        return _warm[2]
    if _warm is not None:
        _warm[2].close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = [entry or str(Path.cwd()) for entry in sys.path]
    code = f"import sys; sys.path[:] = {path!r}; from {__name__} import serve; serve({theirs.fileno()})"
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    _warm = os.getpid(), process, ours
    return ours


def _tell_once(missing: str) -> None:
    if missing not in _told:
        _told.add(missing)
        log.warning("sandbox.host_refuses", confinement=missing)


def serve(control_descriptor: int) -> None:
    """The warm process: import what is named and fork one child for each request, until the depot leaves."""
    for name in CODECS:
        codecs.lookup(name)  # Python imports them at first use, when the child has no files left
    missing = _leave()
    if os.fork():
        os.wait()  # only a child lives among the new process numbers; when that ends, the kernel ends its children
        return
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    with socket.socket(fileno=control_descriptor) as control:
        while True:
            message, descriptors, _flags, _address = socket.recv_fds(control, 1024, 2)
            if not message:
                return
            with suppress(ImportError):  # the child meets it again and tells
                import_module(message.decode())
            if descriptors:
                link, file = descriptors
                _fork(control, link, file, missing)


def _leave() -> list[str]:
    """Leave the host's network and processes, and stand in a folder that is gone: nothing can be made in it."""
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    folder.rmdir()
    flags = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID | (CLONE_NEWUSER if os.geteuid() else 0)
    return ["namespaces"] if LIBC.unshare(flags) else []


def _fork(control: socket.socket, link: int, file: int, missing: list[str]) -> None:
    gc.freeze()  # a collection in the child would copy every page
    child = os.fork()
    if child == 0:
        control.close()
        _be_child(link, file, missing)
    with socket.socket(fileno=link) as connection:
        process = os.pidfd_open(child)
        with suppress(OSError):  # a depot that gave up; the child finds no request
            socket.send_fds(connection, [b"."], [process])
    os.close(process)
    os.close(file)


def _be_child(link: int, file: int, missing: list[str]) -> NoReturn:
    try:
        with socket.socket(fileno=link) as connection, connection.makefile("rb") as incoming:
            request = json.load(incoming)
            function = getattr(import_module(request["module"]), request["name"])
            missing = missing + _confine(request["memory"], request["seconds"])
            connection.sendall(_answer(function, file, request["argument"], missing))
    finally:
        os._exit(0)  # whatever failed: without a whole answer the parent counts a crash


def _answer(function: Callable[[int, Any], Any], file: int, argument: Any, missing: list[str]) -> bytes:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        said = {"outcome": Outcome.OK, "value": function(file, argument)}
        return json.dumps(said | _held(missing)).encode()
    except MemoryError:
        said = {"outcome": Outcome.OUT_OF_MEMORY, "value": None}
    except Exception as error:  # noqa: BLE001 - the border of a check: any failure on a hostile file is an outcome
        said = {"outcome": Outcome.CRASHED, "value": type(error).__name__}
    return json.dumps(said | _held(missing)).encode()


def _held(missing: list[str]) -> dict[str, Any]:
    return {"missing": missing, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def _leave_files() -> None:
    os.chroot(".")


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _confine(memory: int, seconds: float) -> list[str]:
    """Give up what a reader does not need, in this order; says what the host did not let go of."""
    missing = []
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    os.dup2(0, 1)
    os.dup2(0, 2)
    for what, give_up in (("files", _leave_files), ("user", _become_nobody)):
        try:
            give_up()
        except OSError:
            missing.append(what)
    LIBC.capset(struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24))
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for limit, value in (
        (resource.RLIMIT_AS, held + memory),
        (resource.RLIMIT_CPU, int(seconds) + 2),  # for when the parent died: its clock comes first
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(limit, (value, value))
    return missing
