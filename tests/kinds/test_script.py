from __future__ import annotations

import shutil

import pytest

from wakeful.kinds.script import KIND, Options

SH = shutil.which("sh", path="/usr/bin:/bin")


@pytest.fixture
def check(place, tmp_path):
    """Write a script and check the definition; gives what is started, but for the script."""

    def check_(content, *, name="job", mode=0o644, args=()):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(mode)
        launch = KIND().check(Options(script=name, args=list(args)), place)
        if launch is None:
            return None
        prefix, script, rest = (
            launch.arguments[: launch.arguments.index(str(path))],
            str(path),
            launch.arguments[launch.arguments.index(str(path)) + 1 :],
        )
        assert script == str(path)
        assert rest == tuple(args)
        return prefix

    return check_


@pytest.mark.parametrize("content", [b"#!/bin/sh\n", b"#! /usr/bin/env python3\n", b"\x7fELF\x02"])
def test_what_can_be_executed_is_executed(check, found, content):
    assert check(content, mode=0o755, args=["-v", "x y"]) == ()
    assert found() == ([], [])


@pytest.mark.parametrize(
    ("first_line", "prefix"),
    [
        (b"#!/bin/sh", ("/bin/sh",)),
        (b"#! /bin/sh -e", ("/bin/sh", "-e")),
        (b"#!/bin/sh\t-e  x ", ("/bin/sh", "-e  x")),
        (b"#!/bin/sh -eu\r", ("/bin/sh", "-eu")),
    ],
)
def test_the_first_line_of_a_file_that_is_not_executable_is_read_as_the_kernel_would(
    check, found, first_line, prefix
):
    assert check(first_line + b"\necho hi\n", name="x.py") == prefix
    assert found() == ([], [])


@pytest.mark.parametrize("mode", [0o644, 0o755])
@pytest.mark.parametrize("name", ["x.sh", "x.SH"])
def test_the_suffix_tells_where_there_is_no_first_line(check, found, name, mode):
    assert check(b"echo hi\n", name=name, mode=mode) == (SH,)
    assert found() == ([], [])


@pytest.mark.parametrize(
    ("name", "program"), [("x.bash", "bash"), ("x.py", "python3"), ("x.js", "node")]
)
def test_each_suffix_has_its_interpreter(check, tmp_path, name, program):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / program).touch(mode=0o755)
    assert check(b"\n", name=name) == (str(tmp_path / "bin" / program),)


def test_an_interpreter_that_is_missing_may_still_be_installed(check, found, tmp_path):
    assert check(b"#!/opt/no/such -x\n") == ("/opt/no/such", "-x")
    path = tmp_path / "job"
    errors, (warning,) = found()
    assert errors == []
    assert warning.startswith(
        f"job.script: {path} needs '/opt/no/such', which is not there now (runs of the job fail"
    )


@pytest.mark.parametrize("mode", [0o644, 0o755])
@pytest.mark.parametrize("name", ["job", "job.txt"])
def test_a_file_that_nothing_tells_how_to_run(check, found, tmp_path, name, mode):
    assert check(b"echo hi\n", name=name, mode=mode) is None
    (error,), _ = found()
    assert error.startswith(f"job.script: nothing tells what runs {tmp_path / name}")
    assert "#!/bin/sh" in error
    assert ".sh, .bash, .py, .js" in error


def test_an_empty_file_without_suffix(check, found):
    assert check(b"") is None
    assert len(found()[0]) == 1


def test_a_first_line_without_interpreter(check, found, tmp_path):
    assert check(b"#!  \necho hi\n") is None
    assert found()[0] == [f"job.script: the first line of {tmp_path / 'job'} names no interpreter"]


@pytest.mark.parametrize("name", ["missing.sh", "missing/deeper.sh", "x" * 5000, "nul\0"])
def test_a_file_that_is_not_there(place, found, tmp_path, name):
    options = Options.model_construct(script=name, args=[])
    assert KIND().check(options, place) is None
    assert found() == ([f"job.script: there is no file {tmp_path / name}"], [])


def test_a_folder_is_no_script(place, found, tmp_path):
    (tmp_path / "folder").mkdir()
    assert KIND().check(Options(script="folder"), place) is None
    assert found() == ([f"job.script: {tmp_path / 'folder'} is not a file"], [])


def test_a_device_is_no_script(place, found):
    assert KIND().check(Options(script="/dev/zero"), place) is None
    assert found() == (["job.script: /dev/zero is not a file"], [])


def test_a_file_that_may_not_be_read(check, found, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert check(b"#!/bin/sh\n") is None
    assert found() == ([f"job.script: {tmp_path / 'job'} may not be read"], [])


def test_a_link_that_leads_nowhere(place, found, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    assert KIND().check(Options(script="link"), place) is None
    assert found() == ([f"job.script: there is no file {tmp_path / 'link'}"], [])
