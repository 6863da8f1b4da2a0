from __future__ import annotations

import pytest

from wakeful.core.problem import Problem, Severity, nearest


def test_a_problem_says_where_what_and_what_to_do():
    problem = Problem(path="schedules.jobs[2].cron", message="is wrong", hint="mend it")
    assert str(problem) == "schedules.jobs[2].cron: is wrong (mend it)"
    assert problem.severity is Severity.ERROR


def test_a_problem_of_the_whole_document_has_no_place():
    assert str(Problem(path="", message="not JSON")) == "not JSON"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tiemout", "timeout_seconds"),
        ("timeout", "timeout_seconds"),
        ("enabeld", "enabled"),
        ("scrpt", "script"),
        ("working-directory", "working_directory"),
    ],
)
def test_a_near_miss_is_recognized(word, meant):
    known = ["timeout_seconds", "enabled", "script", "working_directory", "env", "every"]
    assert nearest(word, known) == f"did you mean '{meant}'?"


@pytest.mark.parametrize("word", ["", "zzz", "frobnicate"])
def test_a_word_unlike_any_other_brings_no_hint(word):
    assert nearest(word, ["timeout_seconds", "enabled"]) == ""
