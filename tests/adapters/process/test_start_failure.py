"""What people are told when a process cannot be started."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import pytest

from wakeful.adapters.process import ProcessRunner, survivors
from wakeful.adapters.process.start_failure import Attempt, explain
from wakeful.core.errors import StartFailedError

TRUE = shutil.which("true") or "/bin/true"
PROGRAM = Path(TRUE).read_bytes()


def failure(lab, *arguments, **options) -> StartFailedError:
    with pytest.raises(StartFailedError) as caught:
        lab.start(*arguments, **options)
    return caught.value


def script(folder: Path, content: str | bytes, mode=0o755) -> Path:
    path = folder / "script"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


async def test_a_command_that_is_in_no_directory_of_path(lab):
    told = failure(lab, "no-such-command", environment={"PATH": "/one:/two"})
    assert told.message == "command not found: no-such-command (searched PATH=/one:/two)"
    assert "PATH" in told.hint


async def test_a_command_in_path_that_is_not_executable(lab, tmp_path):
    path = script(tmp_path, "#!/bin/sh\n", mode=0o644)
    told = failure(lab, "script", environment={"PATH": str(tmp_path)})
    assert told.message == f"{path} is not executable"
    assert "chmod" in told.hint


async def test_relative_directories_in_path_are_passed_over(lab, tmp_path):
    script(tmp_path, "#!/bin/sh\n")
    told = failure(lab, "script", environment={"PATH": "."}, directory=tmp_path)
    assert "command not found" in told.message


async def test_a_path_that_leads_nowhere(lab, tmp_path):
    told = failure(lab, tmp_path / "missing" / "program")
    assert told.message == f"program not found: {tmp_path}/missing/program"


async def test_a_program_that_is_not_executable(lab, tmp_path):
    path = script(tmp_path, "#!/bin/sh\n", mode=0o644)
    told = failure(lab, path)
    assert told.message == f"{path} is not executable"


async def test_a_program_that_is_a_directory(lab, tmp_path):
    assert "is a directory" in failure(lab, tmp_path).message


async def test_a_script_whose_interpreter_is_missing(lab, tmp_path):
    path = script(tmp_path, "#! /no/such/interpreter -x\n")
    told = failure(lab, path)
    assert told.message == (
        f"the interpreter /no/such/interpreter of the script {path} does not exist"
    )
    assert told.hint


async def test_a_script_whose_interpreter_is_not_executable(lab, tmp_path):
    path = script(tmp_path, "#!/etc/passwd\n")
    assert "/etc/passwd" in failure(lab, path).message
    assert "is not executable" in failure(lab, path).message


async def test_a_script_with_windows_line_endings(lab, tmp_path):
    path = script(tmp_path, b"#!/bin/sh\r\necho hello\r\n")
    told = failure(lab, path)
    assert "carriage return" in told.message
    assert "line endings" in told.hint


async def test_a_script_that_names_no_interpreter(lab, tmp_path):
    told = failure(lab, script(tmp_path, "echo hello\n"))
    assert "neither a binary program nor a script" in told.message
    assert "#!/bin/sh" in told.hint


async def test_a_script_with_an_empty_first_line(lab, tmp_path):
    assert "names no interpreter" in failure(lab, script(tmp_path, "#!\n")).message


async def test_a_program_for_another_processor(lab, tmp_path):
    content = bytearray(PROGRAM)
    content[18:20] = b"\xfe\xca"  # e_machine
    told = failure(lab, script(tmp_path, bytes(content)))
    assert "another kind of processor" in told.message


async def test_a_program_whose_loader_is_missing(lab, tmp_path):
    loader = re.search(rb"/lib[\w/.-]*/ld-[\w.-]+", PROGRAM)
    if loader is None:
        pytest.skip("programs are linked statically here")
    changed = PROGRAM.replace(loader[0], loader[0].replace(b"/ld-", b"/xx-"))
    assert "loader" in failure(lab, script(tmp_path, changed)).message


async def test_a_working_directory_that_does_not_exist(lab, tmp_path):
    told = failure(lab, TRUE, directory=tmp_path / "missing")
    assert told.message == f"the working directory {tmp_path}/missing does not exist"
    assert told.hint


async def test_a_working_directory_that_is_a_file(lab, tmp_path):
    (tmp_path / "file").touch()
    told = failure(lab, TRUE, directory=tmp_path / "file")
    assert told.message == f"the working directory {tmp_path}/file is not a directory"


def test_a_working_directory_that_must_not_be_entered():
    attempt = Attempt(("true",), "/secret", "/dev/null")
    attempt.entered = False
    told = explain(PermissionError(errno.EACCES, ""), attempt)
    assert told.message == "the working directory /secret must not be entered"
    assert "permissions" in told.hint


async def test_a_folder_for_output_that_does_not_exist(lab, tmp_path):
    told = failure(lab, TRUE, log=tmp_path / "missing" / "log")
    assert f"{tmp_path}/missing/log" in told.message
    assert "No such file" in told.message


async def test_arguments_that_are_too_long(lab):
    assert "too long" in failure(lab, TRUE, "x" * 200_000).message


async def test_a_zero_byte_in_an_argument(lab):
    assert "zero byte" in failure(lab, TRUE, "a\0b").hint


async def test_text_that_is_no_text_in_the_environment(lab):
    assert "cannot be started" in failure(lab, TRUE, environment={"A": "\ud800"}).message


async def test_nothing_to_start(lab):
    assert "no program" in failure(lab).message


@pytest.mark.parametrize(("number", "words"), [(errno.EAGAIN, "limit"), (errno.ENOMEM, "memory")])
def test_a_lack_of_resources(number, words):
    told = explain(OSError(number, os.strerror(number)), Attempt((TRUE,), "", "/dev/null"))
    assert words in told.message


async def test_a_system_that_cannot_start_sessions(lab, monkeypatch):
    def refuse(*_, **__):
        raise NotImplementedError("setsid")

    monkeypatch.setattr(os, "posix_spawn", refuse)
    assert "POSIX_SPAWN_SETSID" in failure(lab, TRUE).message


async def test_the_reason_is_in_the_output_as_well(lab, tmp_path):
    told = failure(lab, "no-such-command", log=tmp_path / "log")
    assert (tmp_path / "log").read_text() == f"[wakeful: {told}]\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


async def test_the_daemon_stays_in_its_directory(lab, tmp_path):
    here = Path.cwd()
    failure(lab, "/no/such/program", directory=tmp_path)
    assert Path.cwd() == here


async def test_a_failed_start_leaves_no_descriptor_and_no_child_behind(
    tmp_path, make_lab, descriptors
):
    lab = make_lab()
    failure(lab, "/no/such/program", directory=tmp_path)
    before = descriptors()
    for _ in range(5):
        failure(lab, "/no/such/program", directory=tmp_path)
    assert descriptors() == before
    assert survivors.children() == []
    await lab.runner.close()


def test_a_runner_needs_no_event_loop_to_be_made():
    ProcessRunner()
