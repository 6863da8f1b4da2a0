from __future__ import annotations

import shutil

from wakeful.kinds.command import KIND, Options


def test_a_program_is_looked_up_and_its_arguments_are_left_alone(place, found):
    launch = KIND().check(Options(command=["echo", "$HOME", "*", "; rm -rf /"]), place)
    echo = shutil.which("echo", path="/usr/bin:/bin")
    assert launch.arguments == (echo, "$HOME", "*", "; rm -rf /")
    assert found() == ([], [])


def test_a_program_that_is_missing_may_still_be_installed(place, found):
    launch = KIND().check(Options(command=["no-such-program", "x"]), place)
    assert launch.arguments == ("no-such-program", "x")
    errors, warnings = found()
    assert errors == []
    assert warnings[0].startswith("job.command[0]: there is no program 'no-such-program' now")


def test_a_program_without_a_name(place, found):
    assert KIND().check(Options(command=["", "x"]), place) is None
    assert found() == (["job.command[0]: the name of the program is empty"], [])
