from __future__ import annotations

import logging
import os
import struct
import subprocess
import sys
import time

import pytest

from wakeful.adapters.systemd.journal import JournalHandler


def fields_of(datagram: bytes) -> dict[str, str]:
    """Read the journal's native protocol."""
    fields = {}
    while datagram:
        line, _, datagram = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", datagram)
            value, datagram = datagram[8 : 8 + length], datagram[8 + length + 1 :]
        fields[name.decode()] = value.decode()
    return fields


def all_fields(listener):
    return [fields_of(datagram) for datagram in listener.received()]


@pytest.fixture
def handler(listener):
    one = JournalHandler(listener.address)
    yield one
    one.close()


def record(message, level=logging.INFO, **extra):
    made = logging.LogRecord("wakeful.test", level, "/a/file.py", 7, message, (), None, "work")
    made.__dict__.update(extra)
    return made


def test_a_record_carries_its_fields(handler, listener):
    handler.emit(record("hello", job="backup", execution="01abc"))
    (datagram,) = listener.received()
    assert fields_of(datagram) == {
        "MESSAGE": "hello",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "wakefuld",
        "LOGGER": "wakeful.test",
        "CODE_FILE": "/a/file.py",
        "CODE_LINE": "7",
        "CODE_FUNC": "work",
        "WAKEFUL_JOB": "backup",
        "WAKEFUL_EXECUTION": "01abc",
    }


def test_what_is_about_no_job_has_no_such_field(handler, listener):
    handler.emit(record("hello"))
    (datagram,) = listener.received()
    assert not [name for name in fields_of(datagram) if name.startswith("WAKEFUL")]


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, "7"),
        (logging.INFO, "6"),
        (logging.WARNING, "4"),
        (logging.ERROR, "3"),
        (logging.CRITICAL, "2"),
        (logging.CRITICAL + 5, "2"),
        (1, "7"),
    ],
)
def test_levels_are_priorities_of_syslog(level, priority, handler, listener):
    handler.emit(record("hello", level))
    (datagram,) = listener.received()
    assert fields_of(datagram)["PRIORITY"] == priority


@pytest.mark.parametrize("text", ["two\nlines", "\n", "a=b\nPRIORITY=0\n", "café", "x" * 60_000])
def test_any_text_arrives_as_it_is(text, handler, listener):
    handler.emit(record(text))
    (datagram,) = listener.received()
    fields = fields_of(datagram)
    assert (fields["MESSAGE"], fields["PRIORITY"]) == (text, "6")


def test_what_is_no_text_arrives_as_far_as_it_is(handler, listener):
    handler.emit(record("caf\udce9"))
    (datagram,) = listener.received()
    assert fields_of(datagram)["MESSAGE"] == "caf?"


def test_a_traceback_belongs_to_its_message(handler, listener):
    try:
        int("oops")
    except ValueError:
        handler.emit(record("it failed", exc_info=sys.exc_info()))
    (datagram,) = listener.received()
    message = fields_of(datagram)["MESSAGE"]
    assert message.startswith("it failed\nTraceback")
    assert message.endswith("'oops'")


def test_what_is_too_large_for_a_datagram_is_passed_as_a_file(handler, listener):
    handler.emit(record("x" * 3_000_000, job="backup"))
    lengths = [(len(one["MESSAGE"]), one["WAKEFUL_JOB"]) for one in all_fields(listener)]
    assert lengths == [(3_000_000, "backup")]


def test_without_a_journal_it_goes_to_standard_error(handler, listener, capsys):
    listener.close()
    handler.emit(record("hello"))
    assert capsys.readouterr().err == "hello\n"


def test_without_anything_to_write_to_nothing_happens(handler, listener, monkeypatch):
    listener.close()
    monkeypatch.setattr(sys, "stderr", None)
    handler.emit(record("hello"))


def test_a_journal_that_is_stuck_costs_a_moment_once_and_the_gap_is_told(handler, listener):
    listener.fill()
    began = time.monotonic()
    for number in range(100):
        handler.emit(record(f"lost {number}"))
    assert time.monotonic() - began < 2
    listener.received()
    handler.emit(record("back"))
    gap, back = map(fields_of, listener.received())
    assert gap["MESSAGE"].startswith("100 lines are missing here")
    assert back["MESSAGE"] == "back"


PROGRAM = """
import logging, sys
from wakeful.adapters.systemd.journal import set_up_logging
set_up_logging("info", journal=sys.argv[1])
logging.getLogger("wakeful.x").info("hello", extra={"job": "backup"})
logging.getLogger("wakeful.x").debug("not this")
print(type(logging.getLogger().handlers[0]).__name__)
"""


def log_with(stderr, address, **variables):
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", PROGRAM, address]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True
    )
    return done.stdout.strip()


def test_standard_error_that_is_the_journal_means_the_journal(tmp_path, listener):
    with (tmp_path / "stream").open("w+") as stream:
        status = os.fstat(stream.fileno())
        stream_id = f"{status.st_dev}:{status.st_ino}"
        assert log_with(stream, listener.address, JOURNAL_STREAM=stream_id) == "JournalHandler"
    (datagram,) = listener.received()
    fields = fields_of(datagram)
    assert (fields["MESSAGE"], fields["WAKEFUL_JOB"]) == ("hello", "backup")
    assert (tmp_path / "stream").read_text() == ""


def test_a_stream_to_the_journal_will_do_when_its_socket_is_not_there(tmp_path):
    with (tmp_path / "stream").open("w+") as stream:
        status = os.fstat(stream.fileno())
        stream_id = f"{status.st_dev}:{status.st_ino}"
        assert log_with(stream, "/nowhere", JOURNAL_STREAM=stream_id) == "StreamHandler"
    # Without the time of day, which the journal knows.
    assert (tmp_path / "stream").read_text() == "INFO hello\n"


def test_standard_error_that_was_redirected_does_not(tmp_path, listener):
    with (tmp_path / "stream").open("w+") as stream:
        assert log_with(stream, listener.address, JOURNAL_STREAM="1:2") == "StreamHandler"
    assert listener.received() == []
    assert "INFO    hello" in (tmp_path / "stream").read_text()
