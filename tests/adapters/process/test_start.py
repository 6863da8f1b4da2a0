"""What a process finds when it starts."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

from wakeful.adapters.process import ProcessRunner
from wakeful.adapters.process.spawn import Spawner
from wakeful.core.execution import ProcessExit


async def test_the_exit_status_is_reported(lab):
    assert await lab.sh("exit 3").ending() == ProcessExit(exit_status=3)
    assert await lab.sh("exit 0").ending() == ProcessExit(exit_status=0)


async def test_the_signal_that_ended_it_is_reported(lab):
    assert await lab.sh("kill -9 $$").ending() == ProcessExit(signal=signal.SIGKILL)


async def test_it_leads_a_session_and_a_group_of_its_own(lab):
    run = lab.python("import os; print(os.getpid(), os.getsid(0), os.getpgrp())")
    assert set((await lab.output_of(run)).split()) == {str(run.pid).encode()}


async def test_its_input_is_empty(lab):
    assert await lab.output_of(lab.sh("wc -c; readlink /proc/self/fd/0")) == b"0\n/dev/null\n"


async def test_both_streams_keep_their_order(lab):
    script = "i=0; while [ $i -lt 200 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done"
    expected = "".join(f"o{number}\ne{number}\n" for number in range(200))
    assert await lab.output_of(lab.sh(script)) == expected.encode()


async def test_output_that_is_not_text_is_kept_as_it_is(lab):
    everything = bytes(range(256)) * 3
    run = lab.python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 3)")
    assert await lab.output_of(run) == everything


async def test_output_is_appended_to_a_file_for_its_owner_only(lab, tmp_path):
    log = tmp_path / "log"
    await lab.sh("echo one", log=log).ending()
    assert await lab.output_of(lab.sh("echo two", log=log)) == b"one\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_the_environment_is_that_of_the_daemon_with_additions(make_lab):
    inherited = {b"FROM_DAEMON": b"1", b"CHANGED": b"daemon", b"PATH": os.environb[b"PATH"]}
    lab = make_lab(environment=inherited)
    run = lab.python(
        "import os, json; print(json.dumps(dict(os.environ)))",
        environment={"CHANGED": "definition", "BOTH": "definition"},
        added={"BOTH": "given", "LETTERS": "äöü"},
    )
    found = json.loads(await lab.output_of(run))
    await lab.runner.close()
    assert found["FROM_DAEMON"] == "1"
    assert found["CHANGED"] == "definition"
    assert found["BOTH"] == "given"
    assert found["LETTERS"] == "äöü"
    assert found["WAKEFUL_EXECUTION_ID"] == run.execution_id


async def test_what_the_service_manager_told_the_daemon_is_not_inherited(make_lab):
    names = [
        "NOTIFY_SOCKET",
        "WATCHDOG_PID",
        "WATCHDOG_USEC",
        "LISTEN_FDS",
        "LISTEN_PID",
        "LISTEN_FDNAMES",
        "JOURNAL_STREAM",
        "INVOCATION_ID",
        "MAINPID",
        "MANAGERPID",
        "SYSTEMD_EXEC_PID",
    ]
    lab = make_lab(environment={name.encode(): b"1" for name in [*names, "KEPT"]})
    found = await lab.output_of(lab.start("/usr/bin/env"))
    await lab.runner.close()
    assert b"KEPT=1" in found.split()
    assert not [name for name in names if name.encode() + b"=" in found]


async def test_the_mark_of_another_execution_is_replaced(make_lab):
    lab = make_lab(environment={b"WAKEFUL_EXECUTION_ID": b"other"})
    run = lab.start("/usr/bin/env")
    found = await lab.output_of(run)
    await lab.runner.close()
    assert found.count(b"WAKEFUL_EXECUTION_ID=") == 1
    assert run.execution_id.encode() in found


async def test_no_signal_is_blocked_or_ignored(lab):
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        lab.runner = ProcessRunner()
        run = lab.start("/bin/grep", "^Sig[BI]", "/proc/self/status")
        found = await lab.output_of(run)
    finally:
        signal.signal(signal.SIGUSR1, before)
    await lab.runner.close()
    of_the_c_library = 1 << 31 | 1 << 32  # 32 and 33 are not ours to touch, see nptl(7)
    masks = [int(mask, 16) & ~of_the_c_library for mask in found.split()[1::2]]
    assert masks == [0, 0]


async def test_descriptors_of_the_daemon_are_not_inherited(lab, tmp_path):
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        Spawner()
        found = await lab.output_of(lab.start("/bin/ls", "/proc/self/fd"))
    finally:
        os.close(kept)
    assert found.split() == [b"0", b"1", b"2", b"3"]  # the last one is that of ls


async def test_it_starts_in_the_directory_of_the_daemon(lab):
    assert (await lab.output_of(lab.sh("pwd -P"))).decode().strip() == str(Path.cwd())


async def test_it_starts_in_its_working_directory_and_the_daemon_stays_in_its_own(lab, tmp_path):
    here = str(Path.cwd())
    folder = tmp_path / "folder"
    folder.mkdir()
    run = lab.sh("pwd -P", directory=folder)
    assert str(Path.cwd()) == here
    assert (await lab.output_of(run)).decode().strip() == str(folder.resolve())


async def test_a_program_is_searched_in_the_path_of_the_job(lab, tmp_path):
    program = tmp_path / "bin" / "greet"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hello from $0\n")
    program.chmod(0o755)
    run = lab.start("greet", environment={"PATH": f"/nowhere:{program.parent}"})
    assert await lab.output_of(run) == f"hello from {program}\n".encode()


async def test_a_relative_program_is_that_of_the_working_directory(lab, tmp_path):
    program = tmp_path / "greet"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    assert await lab.output_of(lab.start("./greet", directory=tmp_path)) == b"hello\n"


async def test_arguments_are_passed_as_they_are(lab):
    run = lab.start("/usr/bin/printf", "%s|", "a b", "$HOME", "*", "", "ü")
    assert await lab.output_of(run) == "a b|$HOME|*||ü|".encode()


async def test_a_signal_reaches_the_whole_group(lab, wait_until, find_marked):
    run = lab.sh("sleep 60 & sleep 60 & wait")
    await wait_until(lambda: len(find_marked(run.execution_id)) == 3)
    assert run.process.signal(signal.SIGTERM)
    assert await run.ending() == ProcessExit(signal=signal.SIGTERM)
    await wait_until(lambda: not find_marked(run.execution_id))


async def test_a_signal_to_an_execution_that_is_over_reaches_nobody(lab):
    run = lab.sh("exit 0")
    await run.ending()
    assert not run.process.signal(signal.SIGTERM)


async def test_closing_leaves_processes_alone(make_lab, find_marked):
    lab = make_lab()
    run = lab.sh("sleep 60")
    await lab.runner.close()
    assert run.pid in find_marked(run.execution_id)
    assert run.endings == []


async def test_closing_before_anything_was_started(make_lab):
    await make_lab().runner.close()
