from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeful.adapters.process.output import OutputLog
from wakeful.client.log_reader import LogReader

LINE = re.compile(rb"\n\[wakeful: (\d+) bytes of output left out here\]\n")


class Output:
    """The output of a job, with the job, the daemon and a reader at work on it."""

    def __init__(self, path, limit):
        path.write_bytes(b"")
        self.file = path.open("ab", buffering=0)
        self.descriptor = os.open(path, os.O_RDONLY)
        self.log = OutputLog(str(path), limit)
        self.reader = LogReader(self.descriptor)
        self.written = bytearray()
        self.read = bytearray()

    def write(self, count):
        start = len(self.written)
        data = b"".join(b"%07d\n" % number for number in range(start, start + count * 8, 8))
        self.file.write(data)
        self.written += data

    def look(self):
        while piece := self.reader.read():
            self.read += piece

    def close(self):
        self.file.close()
        os.close(self.descriptor)


@pytest.fixture
def output(tmp_path):
    made = Output(tmp_path / "log", 100_000)
    yield made
    made.close()


def check(output):
    """Whatever is missing was announced, with its number, in its place."""
    rest = bytes(output.read)
    position = 0
    while match := LINE.search(rest):
        assert rest[: match.start()] == output.written[position : position + match.start()]
        position += match.start() + int(match[1])
        rest = rest[match.end() :]
    assert rest == output.written[position:]


def test_bytes_come_unchanged(output):
    output.file.write(bytes(range(256)))
    output.look()
    assert output.read == bytes(range(256))
    assert output.reader.read() == b""


def test_a_reader_that_keeps_up_sees_no_cut(output):
    for _ in range(50):
        output.write(1000)
        output.look()
        output.log.trim_running()
    output.log.trim()
    output.look()
    assert output.read == output.written


def test_a_reader_that_comes_late_sees_what_is_left(output):
    output.write(50_000)
    output.log.trim()
    output.reader = LogReader(output.descriptor)
    output.look()
    assert len(LINE.findall(output.read)) == 1
    check(output)


def test_what_was_cut_before_it_was_read_is_announced(output):
    output.write(1000)
    output.look()
    output.write(50_000)
    output.log.trim_running()
    output.look()
    output.write(50_000)
    output.log.trim_running()
    output.write(3)
    output.look()
    assert len(LINE.findall(output.read)) == 2
    check(output)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["write", "burst", "trim", "look", "trim all"]), max_size=40))
def test_no_byte_is_lost_unannounced_or_given_twice(steps, tmp_path_factory):
    output = Output(tmp_path_factory.mktemp("output") / "log", 20_000)
    try:
        for step in [*steps, "trim all", "look"]:
            match step:
                case "write":
                    output.write(300)
                case "burst":
                    output.write(7000)
                case "trim":
                    output.log.trim_running()
                case "trim all":
                    output.log.trim()
                case "look":
                    output.look()
        check(output)
    finally:
        output.close()


def test_a_file_that_somebody_emptied_ends_quietly(output):
    output.write(100)
    output.look()
    os.truncate(output.log.path, 0)
    assert output.reader.read() == b""
