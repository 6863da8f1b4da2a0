"""Jobs of every kind as real processes: what they see, what is kept of them, how they end."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
from pathlib import Path

import pytest

from fixtures.daemon import Daemon, until


@pytest.fixture
def scripts(daemon: Daemon) -> Path:
    folder = daemon.folder / "scripts"
    folder.mkdir()
    return folder


def script(folder: Path, name: str, text: str, *, mode: int = 0o755) -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return f"scripts/{name}"


def alive(marker: str) -> list[int]:
    """Processes with a marker in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_scripts_run_by_their_first_line_or_by_their_suffix(daemon: Daemon, scripts: Path) -> None:
    daemon.configure(
        {
            "name": "shebang",
            "script": script(scripts, "one", "#!/bin/sh\necho $0 $1"),
            "args": ["x"],
        },
        {"name": "plain", "script": script(scripts, "two.sh", "echo two", mode=0o644)},
        {"name": "python", "script": script(scripts, "three.py", "print('three')", mode=0o644)},
        {"name": "node", "script": script(scripts, "four.js", "console.log('four')", mode=0o644)},
        {
            "name": "unmarked",
            "script": script(scripts, "five", "#!/usr/bin/env sh\necho five", mode=0o644),
        },
    )
    daemon.start()
    outputs = {
        name: daemon.output(daemon.outcome(daemon.run(name)))
        for name in ("shebang", "plain", "python", "unmarked")
    }
    assert outputs["shebang"] == f"{scripts}/one x\n".encode()
    assert outputs["plain"] == b"two\n"
    assert outputs["python"] == b"three\n"
    assert outputs["unmarked"] == b"five\n"
    record = daemon.outcome(daemon.run("node"))
    assert record["state"] == "succeeded" or "'node'" in record["reason"]


def test_a_job_finds_its_context_in_its_environment(daemon: Daemon) -> None:
    daemon.configure(
        {
            "name": "context",
            "every": "1s",
            "command": ["env"],
            "env": {"OWN": "value"},
            "persona": "developer",
            "inputs": {"days": 5, "text": "a 'quoted' $(thing)"},
        }
    )
    daemon.start()
    record = until(
        lambda: next(iter(daemon.history(states=("as", ["succeeded"]))), None), "it did not run"
    )
    lines = daemon.output(record).decode().splitlines()
    seen = dict(line.split("=", 1) for line in lines if "=" in line)
    assert seen["WAKEFUL_JOB"] == "context"
    assert seen["WAKEFUL_EXECUTION_ID"] == record["execution_id"]
    assert seen["WAKEFUL_CAUSE"] == "schedule"
    assert seen["WAKEFUL_ATTEMPT"] == "1"
    assert seen["WAKEFUL_SLOT"].endswith("+00:00")
    assert 0 <= int(seen["WAKEFUL_LATE_MS"]) < 5000
    assert seen["WAKEFUL_PERSONA"] == "developer"
    assert json.loads(seen["WAKEFUL_INPUTS"]) == {"days": 5, "text": "a 'quoted' $(thing)"}
    assert seen["OWN"] == "value"
    assert "NOTIFY_SOCKET" not in seen
    assert record["slot"] <= record["started_at"]
    assert record["late"] == record["started_at"] - record["slot"]


def test_a_command_is_a_list_and_nothing_in_it_is_special(daemon: Daemon) -> None:
    words = ["$HOME", "; echo no", "*", "a b", "äöü", "`id`", ""]
    daemon.configure({"name": "words", "command": ["printf", "[%s]", *words]})
    daemon.start()
    record = daemon.outcome(daemon.run("words"))
    assert daemon.output(record).decode() == "".join(f"[{word}]" for word in words)


def test_python_jobs_are_files_or_functions_in_an_interpreter_of_their_own(
    daemon: Daemon, scripts: Path
) -> None:
    (scripts / "reports.py").write_text(
        "import os\n\ndef weekly(days):\n    return {'days': days, 'pid': os.getpid()}\n"
        "def broken():\n    raise RuntimeError('this is broken')\n"
    )
    daemon.configure(
        {
            "name": "function",
            "python": "reports:weekly",
            "inputs": {"days": 7},
            "working_directory": "scripts",
        },
        {"name": "broken", "python": "reports:broken", "working_directory": "scripts"},
        {"name": "missing", "python": "no_such_module:main"},
        {
            "name": "file",
            "python": script(scripts, "a.py", "import sys; print(sys.argv[1:])"),
            "args": ["x", "y"],
        },
    )
    daemon.start()
    result = json.loads(daemon.output(daemon.outcome(daemon.run("function"))))
    assert result["days"] == 7
    assert result["pid"] != daemon.pid
    broken = daemon.outcome(daemon.run("broken"))
    assert (broken["state"], broken["exit_status"]) == ("failed", 1)
    assert b"this is broken" in daemon.output(broken)
    missing = daemon.outcome(daemon.run("missing"))
    assert b"No module named 'no_such_module'" in daemon.output(missing)
    assert daemon.output(daemon.outcome(daemon.run("file"))) == b"['x', 'y']\n"


def test_a_job_runs_in_its_folder_or_at_home(daemon: Daemon, scripts: Path) -> None:
    daemon.configure(
        {"name": "there", "command": ["pwd"], "working_directory": "scripts"},
        {"name": "home", "command": ["pwd"]},
        {"name": "gone", "command": ["pwd"], "working_directory": "/no/such/folder"},
    )
    daemon.start()
    assert daemon.output(daemon.outcome(daemon.run("there"))).decode().strip() == str(scripts)
    assert daemon.output(daemon.outcome(daemon.run("home"))).decode().strip() == str(Path.home())
    gone = daemon.outcome(daemon.run("gone"))
    assert gone["state"] == "failed"
    assert "/no/such/folder" in gone["reason"]


def test_both_streams_are_kept_in_order_and_unchanged(daemon: Daemon) -> None:
    program = "import os\nfor n in range(100):\n    os.write(1 + n % 2, b'%d \\xff\\xfe\\n' % n)\n"
    daemon.configure({"name": "streams", "command": ["python3", "-c", program]})
    daemon.start()
    record = daemon.outcome(daemon.run("streams"))
    assert daemon.output(record) == b"".join(b"%d \xff\xfe\n" % n for n in range(100))
    assert daemon.flat("get_history", "i", 1)[0]["output_preview"].startswith("0 \ufffd\ufffd\n")


def test_files_are_for_the_owner_alone(daemon: Daemon) -> None:
    daemon.configure({"name": "one", "command": ["sh", "-c", "umask; echo x"]})
    daemon.start()
    record = daemon.outcome(daemon.run("one"))
    for path in daemon.state.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    umask = os.umask(0o022)
    os.umask(umask)
    assert int(daemon.output(record).split()[0], 8) == umask


@pytest.mark.parametrize(
    ("job", "state", "reason"),
    [
        ({"command": ["sh", "-c", "exit 7"]}, "failed", "exit status 7"),
        ({"command": ["sh", "-c", "kill -SEGV $$"]}, "failed", "killed by signal 11"),
        ({"command": ["no-such-program"]}, "failed", "no-such-program"),
        ({"command": ["sleep", "9"], "timeout_seconds": 0.2}, "timed-out", "took longer than 0.2s"),
    ],
)
def test_how_it_ended_is_said(daemon: Daemon, job: dict, state: str, reason: str) -> None:
    daemon.configure({"name": "one", **job})
    daemon.start()
    record = daemon.outcome(daemon.run("one"))
    assert record["state"] == state
    assert reason in record["reason"]
    failed = daemon.job("one")
    assert (failed["run_count"], failed["failure_count"]) == (1, 1)


def test_a_missing_interpreter_is_named(daemon: Daemon, scripts: Path) -> None:
    daemon.configure(
        {"name": "one", "script": script(scripts, "a", "#!/opt/no/such/interpreter\n")},
        {"name": "fine", "command": ["true"]},
    )
    daemon.start()
    record = daemon.outcome(daemon.run("one"))
    assert record["state"] == "failed"
    assert "/opt/no/such/interpreter" in record["reason"]
    assert daemon.outcome(daemon.run("fine"))["state"] == "succeeded"


def test_a_timeout_ends_the_whole_group_also_what_does_not_listen(
    daemon: Daemon, scripts: Path
) -> None:
    text = """#!/bin/bash
trap '' TERM
(trap '' TERM; setsid sleep 300) &
sleep 300 &
echo started
while :; do sleep 1; done
"""
    daemon.configure(
        {"name": "deaf", "script": script(scripts, "deaf", text), "timeout_seconds": 1}
    )
    daemon.start()
    execution_id = daemon.run("deaf")
    until(lambda: len(alive(execution_id)) >= 3, "it did not start")
    record = daemon.outcome(execution_id)
    assert record["state"] == "timed-out"
    assert record["signal"] == signal.SIGKILL
    assert daemon.output(record).startswith(b"started\n")
    until(lambda: not alive(execution_id), "a process is left", 10)


def test_a_script_that_detaches_leaves_no_process_unnoticed(daemon: Daemon, scripts: Path) -> None:
    text = "#!/bin/sh\nsetsid sh -c 'sleep 300 & sleep 300' &\nsleep 0.2\necho done\n"
    daemon.configure({"name": "detaches", "script": script(scripts, "detaches", text)})
    daemon.start()
    execution_id = daemon.run("detaches")
    record = daemon.outcome(execution_id)
    assert record["state"] == "succeeded"
    until(lambda: not alive(execution_id), "a process is left", 10)
    until(lambda: execution_id in daemon.log, "nobody was told")


def test_a_hundred_megabytes_of_output_are_cut_to_the_limit(daemon: Daemon) -> None:
    program = "for n in range(100): print(str(n % 10) * (1 << 20)); print('the last line')"
    daemon.configure(
        {"name": "flood", "command": ["python3", "-c", program], "output_limit": "1M"},
        {"name": "other", "command": ["true"]},
    )
    daemon.start()
    before = resident(daemon.pid)
    execution_id = daemon.run("flood")
    assert daemon.outcome(daemon.run("other"))["state"] == "succeeded"
    record = daemon.outcome(execution_id)
    assert record["state"] == "succeeded"
    output = daemon.output(record)
    assert len(output) < (1 << 20) + 200
    assert output.startswith(b"000000")
    assert b"[wakeful: " in output
    assert output.endswith(b"the last line\n")
    assert resident(daemon.pid) - before < 8 << 20


def resident(pid: int) -> int:
    """Bytes of memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_overlapping_slots_are_skipped_and_said_so(daemon: Daemon) -> None:
    daemon.configure({"name": "long", "every": "1s", "command": ["sleep", "2.5"]})
    daemon.start()
    until(lambda: "skipped: overlap" in daemon.log, "no slot was skipped")
    assert len(daemon.job("long")["running"]) <= 1


def test_jobs_run_on_time(daemon: Daemon) -> None:
    due = int(time.time()) + 4
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(due))
    daemon.configure(*({"name": f"job{n}", "at": moment, "command": ["true"]} for n in range(50)))
    daemon.start()
    until(
        lambda: len(daemon.history(states=("as", ["succeeded"]), limit=("u", 100))) == 50,
        "not all ran",
    )
    for record in daemon.history(limit=("u", 100)):
        assert record["slot"] == due * 1_000_000
        assert record["cause"] == "schedule"
        assert record["late"] < 1_000_000
