from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

import pytest


def complete(desk, *words):
    done = desk.run(
        _WAKEFUL_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["wakeful", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert done.returncode == 0
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_every_shell(desk, shell):
    done = desk.run("completion", shell, WAKEFUL_BUS="unix:path=/nowhere")
    assert done.returncode == 0
    assert "_WAKEFUL_COMPLETE" in done.stdout
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=done.stdout, text=True, check=True)


def test_commands_are_completed(desk):
    assert complete(desk, "re") == ["resume", "reload"]
    assert complete(desk, "--n") == ["--no-color"]
    assert "--limit" in complete(desk, "history", "--l")


def test_names_of_jobs_are_completed(desk):
    assert complete(desk, "show", "o") == ["ok", "off"]
    assert complete(desk, "history", "--job", "sil") == ["silent"]
    assert complete(desk, "why", "sil") == ["silent"]
    assert complete(desk, "dst", "ok", "sil") == ["silent"]
    assert complete(desk, "answer", "ok", "s") == ["skip"]
    assert "日本語" in complete(desk, "run", "")


def test_without_a_daemon_there_is_silently_nothing(empty_desk):
    assert complete(empty_desk, "show", "o") == []
    empty_desk.environment["WAKEFUL_BUS"] = "unix:path=/nowhere"
    assert complete(empty_desk, "show", "o") == []


def test_a_daemon_that_hangs_is_not_waited_for(empty_desk):
    empty_desk.daemon.start()
    os.kill(empty_desk.daemon.pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert complete(empty_desk, "show", "o") == []
        assert time.monotonic() - begin < 5
    finally:
        os.kill(empty_desk.daemon.pid, signal.SIGCONT)
