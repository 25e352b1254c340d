import os
import resource
import socket
import stat
import threading
import time
from pathlib import Path

import pytest

from depot.core import sandbox
from depot.core.sandbox import Outcome, Result

MIB = 1 << 20


def echo(descriptor, argument):
    return [os.read(descriptor, 100).decode(), argument]


def exhaust_memory(descriptor, argument):
    return len(bytearray(2048 * MIB))


def leak_memory(descriptor, argument):
    kept = []
    while True:
        kept.append(bytes(MIB))


def spin(descriptor, argument):
    while True:
        pass


def wait_for_ever(descriptor, argument):
    threading.Event().wait()


def fork(descriptor, argument):
    return os.fork()


def run_a_program(descriptor, argument):
    os.execv("/bin/sh", ["sh", "-c", "echo out"])  # noqa: S606 - that it cannot is the point


def write_a_file(descriptor, argument):
    Path(argument).write_text("x")


def write_here(descriptor, argument):
    Path("here").write_text("x")


def change_the_file(descriptor, argument):
    os.write(descriptor, b"x")


def read_a_file(descriptor, argument):
    return Path(argument).read_text()


def list_files(descriptor, argument):
    return [str(path) for path in Path("/").iterdir()]


def reach_the_network(descriptor, argument):
    with socket.socket() as connection:
        connection.connect((b"127.0.0.1", argument))


def read_environment(descriptor, argument):
    return dict(os.environ)


def answer_at_length(descriptor, argument):
    return "x" * argument


def answer_what_is_not_json(descriptor, argument):
    return {1, 2}


def abort(descriptor, argument):
    os.abort()


def take(descriptor, argument):
    return len(bytearray(os.urandom(MIB)) * argument)


def send_a_packet(descriptor, argument):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"x", ("127.0.0.1", argument))


def call_a_local_service(descriptor, argument):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(argument)


def leave_the_folder(descriptor, argument):
    return [os.listdir(place) for place in (".", "..", "../../..", "/proc")]  # noqa: PTH208 - whether names reach out


def raise_its_limits(descriptor, argument):
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def become_root(descriptor, argument):
    os.setuid(0)


def spin_in_many_threads(descriptor, argument):
    threading.Thread(target=spin, args=(descriptor, argument)).start()


def fail(descriptor, argument):
    raise ZeroDivisionError


def open_descriptors(descriptor, argument):
    found = 0
    for number in range(3, 1024):
        try:
            is_device = stat.S_ISCHR(os.fstat(number).st_mode)  # a library may hold /dev/urandom
        except OSError:
            continue
        found += not is_device
    return found


def kill_the_parent(descriptor, argument):
    os.kill(argument, 9)


def who(descriptor, argument):
    return [os.getuid(), os.getgroups()]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as opened:
        yield opened


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_function_reads_the_file_and_answers(file):
    assert sandbox.run(echo, file, {"a": [1]}) == Result(Outcome.OK, ["content", {"a": [1]}])


def test_a_file_is_read_from_its_start_whoever_read_it_before(file):
    file.read()
    assert sandbox.run(echo, file.fileno()).value == ["content", None]


@pytest.mark.parametrize("function", [exhaust_memory, leak_memory])
def test_memory_has_a_limit(function, file):
    assert sandbox.run(function, file, memory=64 * MIB).outcome is Outcome.OUT_OF_MEMORY


def test_what_fits_within_the_limit_is_taken_and_told(file):
    small, large = (sandbox.run(take, file, size) for size in (10, 200))
    assert (small.outcome, large.outcome) == (Outcome.OK, Outcome.OK)
    assert 170 * MIB < large.peak - small.peak < 220 * MIB
    assert sandbox.run(take, file, 600).outcome is Outcome.OUT_OF_MEMORY
    assert sandbox.run(spin, file, seconds=0.3).peak > 5 * MIB


@pytest.mark.parametrize("function", [spin, wait_for_ever])
def test_time_has_a_limit(function, file):
    began = time.monotonic()
    assert sandbox.run(function, file, seconds=0.5).outcome is Outcome.TIMED_OUT
    assert time.monotonic() - began < 5


def test_the_answer_has_a_limit(file):
    assert sandbox.run(answer_at_length, file, 3 * MIB, answer=MIB).outcome is Outcome.TOO_MUCH_OUTPUT
    assert sandbox.run(answer_at_length, file, MIB // 2, answer=MIB).outcome is Outcome.OK


@pytest.mark.parametrize(
    "function",
    [
        *(fork, run_a_program, write_here, change_the_file),
        *(leave_the_folder, raise_its_limits, become_root, spin_in_many_threads),
    ],
)
def test_the_child_can_start_and_touch_nothing(function, file):
    assert sandbox.run(function, file).outcome is Outcome.CRASHED


def test_the_child_writes_nowhere(file, tmp_path):
    tmp_path.chmod(0o777)
    assert sandbox.run(write_a_file, file, str(tmp_path / "new")).outcome is Outcome.CRASHED
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_child_reads_no_other_file(mode, file, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(mode)
    assert sandbox.run(read_a_file, file, str(secret)).outcome is Outcome.CRASHED


def test_the_child_sees_no_files(file):
    assert sandbox.run(list_files, file).value in ([], "PermissionError")


def test_the_child_has_no_network(file):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert sandbox.run(reach_the_network, file, server.getsockname()[1]).outcome is Outcome.CRASHED
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_child_sends_no_packet_and_calls_no_local_service(file, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        assert sandbox.run(send_a_packet, file, server.getsockname()[1]).outcome is Outcome.CRASHED
        with pytest.raises(TimeoutError):
            server.recv(1)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "service"))
        server.listen()
        assert sandbox.run(call_a_local_service, file, str(tmp_path / "service")).outcome is Outcome.CRASHED


def test_the_child_sees_no_secret_of_the_environment(file, monkeypatch):
    monkeypatch.setenv("DEPOT_SECRET_KEY", "secret" * 10)
    assert set(sandbox.run(read_environment, file).value) <= {"LC_CTYPE"}


def test_the_child_holds_the_file_and_its_own_connection_only(file):
    assert sandbox.run(open_descriptors, file).value == 2


def test_the_child_cannot_reach_our_process(file):
    assert sandbox.run(kill_the_parent, file, os.getpid()).outcome is Outcome.CRASHED


def test_the_child_is_nobody(file):
    assert sandbox.run(who, file).value == [65534, []]


def test_a_failure_is_told_by_its_name_and_an_abort_by_nothing(file):
    assert sandbox.run(fail, file) == Result(Outcome.CRASHED, "ZeroDivisionError")
    assert sandbox.run(answer_what_is_not_json, file) == Result(Outcome.CRASHED, "TypeError")
    assert sandbox.run(abort, file) == Result(Outcome.CRASHED)


def test_many_threads_at_once_get_their_own_answers_and_leave_nothing_behind(file):
    sandbox.run(echo, file)
    before = descriptors()
    answers = {}

    def work(number):
        answers[number] = sandbox.run(abort if number % 3 == 0 else echo, file.fileno(), number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: answer.outcome for number, answer in answers.items()} == {
        number: Outcome.CRASHED if number % 3 == 0 else Outcome.OK for number in range(24)
    }
    assert all(answers[number].value[1] == number for number in range(24) if number % 3)
    assert descriptors() == before


def test_a_warm_process_that_was_killed_is_started_again(file):
    sandbox.warm(["json"])
    process = sandbox._warm[1]
    process.kill()
    process.wait()
    assert sandbox.run(echo, file).outcome is Outcome.OK
    assert sandbox._warm[1] is not process
