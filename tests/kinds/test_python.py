"""Files and functions, run by a real interpreter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from wakeful.kinds.python import ENTRY, KIND, Options

MODULE = """
import json, sys

def main(**inputs):
    return inputs

def silent():
    pass

def fail(reason="no reason"):
    raise RuntimeError(reason)

def arguments():
    return sys.argv

def path():
    return sys.path[0]

def odd():
    return {"when": object}

class Tool:
    @staticmethod
    def run(number, other=2):
        print("running")
        return number * other

not_callable = 5
"""


@pytest.fixture
def run(place, tmp_path):
    """Check a definition and do what a runner would."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "__init__.py").touch()
    (tmp_path / "reports" / "weekly.py").write_text(MODULE)

    def run_(python, *args, inputs=None, **options):
        launch = KIND().check(Options(python=python, args=list(args), **options), place)
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        if inputs is not None:
            environment["WAKEFUL_INPUTS"] = json.dumps(inputs)
        return subprocess.run(
            launch.arguments,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_


@pytest.mark.parametrize(
    ("python", "inputs", "printed"),
    [
        ("reports.weekly:main", {"days": 3, "who": ["ä"]}, '{"days": 3, "who": ["ä"]}\n'),
        ("reports.weekly:main", None, "{}\n"),
        ("reports.weekly:silent", {}, ""),
        ("reports.weekly:Tool.run", {"number": 21}, "running\n42\n"),
        ("reports.weekly:arguments", None, '["reports.weekly:arguments"]\n'),
        ("json:dumps", {"obj": [1]}, '"[1]"\n'),
        ("reports.weekly:odd", None, '{"when": "<class \'object\'>"}\n'),
    ],
)
def test_a_function_is_called_with_the_inputs(run, python, inputs, printed):
    done = run(python, inputs=inputs)
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")


def test_its_arguments_and_folder_are_those_of_the_job(run, tmp_path):
    assert json.loads(run("reports.weekly:arguments", "-v", "x").stdout)[1:] == ["-v", "x"]
    assert json.loads(run("reports.weekly:path").stdout) == str(tmp_path)


@pytest.mark.parametrize(
    ("python", "inputs", "error"),
    [
        ("reports.weekly:fail", {"reason": "so"}, "RuntimeError: so"),
        ("reports.weekly:main_", None, "has no attribute 'main_'"),
        ("reports.monthly:main", None, "ModuleNotFoundError"),
        ("reports.weekly:silent", {"unexpected": 1}, "unexpected keyword argument"),
        ("reports.weekly:Tool.run", None, "missing 1 required positional argument"),
        ("reports.weekly:not_callable", None, "not callable"),
    ],
)
def test_what_goes_wrong_ends_with_status_1_and_says_why(run, python, inputs, error):
    done = run(python, inputs=inputs)
    assert done.returncode == 1
    assert error in done.stderr
    assert "Traceback" in done.stderr


def test_a_file_is_run_with_its_arguments(run, tmp_path):
    (tmp_path / "check.py").write_text("import sys; print(sys.argv[1:])")
    done = run("check.py", "a b", "c")
    assert (done.returncode, done.stdout) == (0, "['a b', 'c']\n")


def test_nothing_is_imported_when_a_definition_is_checked(place, found):
    launch = KIND().check(Options(python="no.such.module:main"), place)
    assert launch.arguments == (sys.executable, "-u", str(ENTRY), "no.such.module:main")
    assert found() == ([], [])


def test_another_interpreter_may_be_named(place, found):
    launch = KIND().check(Options(python="a:b", interpreter="sh"), place)
    assert launch.arguments[0] == shutil.which("sh", path="/usr/bin:/bin")
    launch = KIND().check(Options(python="a:b", interpreter="python9.9"), place)
    assert launch.arguments[0] == "python9.9"
    errors, warnings = found()
    assert errors == []
    (warning,) = warnings
    assert warning.startswith("job.interpreter: there is no program 'python9.9' now (runs of the")


@pytest.mark.parametrize("python", ["missing.py", "a:", ":b", "a b:c", "a:b:c", "1a:b", "x" * 5000])
def test_what_is_no_function_is_a_file_that_must_be_there(place, found, tmp_path, python):
    assert KIND().check(Options(python=python), place) is None
    assert found() == ([f"job.python: there is no file {tmp_path / python}"], [])


def test_the_entry_imports_nothing_of_wakeful():
    assert "import wakeful" not in ENTRY.read_text()
    assert "from wakeful" not in ENTRY.read_text()
