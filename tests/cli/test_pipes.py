from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest


def on_a_terminal(desk, *words, columns=80, **environment):
    """Run the command on a terminal, and give what it showed there."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen(
            desk.command(*words),
            env={**desk.environment, "TERM": "xterm", **environment},
            stdout=slave,
            stderr=subprocess.PIPE,
        ) as process:
            os.close(slave)
            slave = -1
            shown = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                shown += piece
            process.wait(20)
    finally:
        os.close(master)
        if slave >= 0:
            os.close(slave)
    return shown.decode().replace("\r\n", "\n")


def test_colours_on_a_terminal(desk):
    assert "\x1b[31mcannot run\x1b[0m" in on_a_terminal(desk, "list", columns=200)


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--no-color", "list"], {}),
        (["list"], {"NO_COLOR": "1"}),
        (["list"], {"TERM": "dumb"}),
        (["list", "--json"], {}),
    ],
)
def test_no_colours_where_they_are_not_wanted(desk, words, environment):
    shown = on_a_terminal(desk, *words, **environment)
    assert "日本語" in shown
    assert "\x1b" not in shown


def test_no_colours_into_a_pipe(desk):
    for words in (["list"], ["status"], ["history"], ["show", "broken"]):
        assert "\x1b" not in desk.run(*words).stdout


def test_a_table_fits_the_terminal(desk):
    lines = on_a_terminal(desk, "--no-color", "list", columns=70).splitlines()
    assert max(map(len, lines)) <= 70
    assert any("…" in line for line in lines)
    narrow = on_a_terminal(desk, "--no-color", "list", columns=45).splitlines()
    assert "NOTE" not in narrow[0]


def test_nothing_is_cut_in_a_pipe(desk):
    assert "…" not in desk.run("list", COLUMNS="40").stdout


@pytest.mark.parametrize("words", [["list"], ["--json", "list"], ["logs", "numbers"]])
def test_a_reader_that_has_enough_is_no_error(desk, words):
    desk.run("run", "numbers", "--wait")
    with desk.running(*words) as process:
        process.stdout.close()
        assert process.wait(20) in {0, 1}
        assert process.stderr.read().replace(
            b"1 job cannot run; 'wakeful show broken' says why.\n", b""
        ) == b""  # fmt: skip


def test_a_full_disk_is_an_error(desk):
    with open("/dev/full", "wb") as full, desk.running("list", stdout=full) as process:  # noqa: PTH123 - a device
        assert process.wait(20) == 1
        assert process.stderr.read().startswith(b"wakeful: No space left on device")


def test_no_standard_output_at_all(desk):
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *desk.command("list")],
        env=desk.environment,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr


def test_a_terminal_that_cannot_show_a_name(desk):
    environment = {"PYTHONIOENCODING": "latin-1"}
    done = desk.run("list", **environment)
    assert done.returncode == 0
    assert "\\u65e5\\u672c\\u8a9e" in done.stdout
    jobs = json.loads(desk.run("list", "--json", **environment).stdout)
    assert "日本語" in [job["name"] for job in jobs]
