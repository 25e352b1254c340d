import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depot.core.antivirus import Scan, Scanner, State
from tests.services import EICAR, free_port, start_clamd


def test_clean_bytes_are_clean(clamd):
    assert clamd.scan([b"harmless", b"", b"bytes"]) == Scan(State.CLEAN)


def test_no_bytes_at_all_are_clean(clamd):
    assert clamd.scan([]) == Scan(State.CLEAN)


def test_a_virus_is_found_and_named_wherever_it_is_cut(clamd):
    for cut in range(0, len(EICAR), 7):
        scan = clamd.scan([b"before ", EICAR[:cut], EICAR[cut:]])
        assert scan.state is State.INFECTED
        assert scan.signature.startswith("Eicar-Test-Signature")


def test_clamd_tells_that_it_is_there_and_what_it_is(clamd):
    assert clamd.ping()
    assert clamd.version().startswith("ClamAV")


def test_a_scanner_on_tcp_refuses_what_is_too_large_for_it(tmp_path):
    port = free_port()
    process = start_clamd(tmp_path, f"TCPSocket {port}", "TCPAddr 127.0.0.1", stream_limit="1M")
    try:
        scanner = Scanner.from_url(f"tcp://127.0.0.1:{port}")
        assert scanner.scan([b"harmless"]) == Scan(State.CLEAN)
        too_large = scanner.scan([bytes(1 << 20)] * 40)
        assert too_large.state is State.UNDETERMINED
    finally:
        process.terminate()
        process.communicate()


def test_a_scanner_that_is_not_there_never_says_clean(tmp_path):
    for scanner in (Scanner(str(tmp_path / "nothing")), Scanner(("127.0.0.1", free_port()))):
        assert scanner.scan([b"harmless"]) == Scan(State.UNDETERMINED, reason="scanner_unreachable")
        assert not scanner.ping()


@pytest.mark.parametrize(
    ("answer", "scan"),
    [
        (b"stream: OK\0", Scan(State.CLEAN)),
        (b"stream: Some.Name FOUND\0", Scan(State.INFECTED, signature="Some.Name")),
        (b"INSTREAM size limit exceeded. ERROR\0", Scan(State.UNDETERMINED, reason="scanner_refused_size")),
        (b"stream: Can't allocate memory ERROR\0", Scan(State.UNDETERMINED, reason="scanner_failed")),
        (b"stream: OK", Scan(State.UNDETERMINED, reason="scanner_unreachable")),
        (b"stream: OK FOUND?\0", Scan(State.UNDETERMINED, reason="scanner_failed")),
        (b"x" * 5000, Scan(State.UNDETERMINED, reason="scanner_failed")),
        (b"", Scan(State.UNDETERMINED, reason="scanner_unreachable")),
    ],
)
def test_only_the_exact_answer_means_clean(answer, scan):
    assert scan_with(answer) == scan


@settings(deadline=None)
@given(st.binary(max_size=40).filter(lambda answer: answer != b"stream: OK\0"))
def test_no_other_answer_means_clean(answer):
    assert scan_with(answer).state is not State.CLEAN


def test_a_scanner_that_stays_silent_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner = Scanner(server.getsockname(), timeout=0.1)
        assert scanner.scan([b"harmless"]) == Scan(State.UNDETERMINED, reason="scanner_unreachable")


def test_the_address_is_read_from_the_setting():
    assert Scanner.from_url("off") is None
    assert Scanner.from_url("unix:/run/clamav/clamd.ctl").address == "/run/clamav/clamd.ctl"
    assert Scanner.from_url("tcp://scanner.example:3310").address == ("scanner.example", 3310)
    for wrong in ("", "on", "tcp://scanner.example", "unix:"):
        with pytest.raises(ValueError, match=wrong or "^$"):
            Scanner.from_url(wrong)


def scan_with(answer: bytes) -> Scan:
    """The verdict over a server that reads everything and gives this answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                received = b""
                while not received.endswith(bytes(4)):
                    received += connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            return Scanner(server.getsockname()).scan([b"harmless"])
        finally:
            thread.join()
