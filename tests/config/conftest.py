from __future__ import annotations

import json

import pytest

from wakeful.config.check import built_in_reader
from wakeful.core.problem import Severity

GOOD = {"name": "good", "command": ["true"]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config.json"


@pytest.fixture
def read(path):
    """Read a document as the daemon would."""
    reader = built_in_reader()

    def read_(document):
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        return reader.read(text, path)

    return read_


@pytest.fixture
def read_jobs(read):
    """Read jobs; the result is the whole configuration."""

    def read_(*jobs, **schedules):
        return read({"schedules": {"jobs": list(jobs), **schedules}})

    return read_


@pytest.fixture
def errors_of(read_jobs):
    """Give what is wrong with one job, and is no mere warning, each in a line."""

    def errors(job):
        configuration = read_jobs(GOOD, job)
        good, bad = configuration.jobs
        assert good.usable
        assert bad.usable is (not bad.error)
        assert [one for one in configuration.problems if one in bad.problems] == [*bad.problems]
        return [str(one) for one in bad.problems if one.severity is Severity.ERROR]

    return errors


@pytest.fixture
def warnings_of(read_jobs):
    """Give what is odd about one job that is right."""

    def warnings(job):
        (read,) = read_jobs(job).jobs
        assert read.usable, read.error
        return [str(one) for one in read.problems]

    return warnings
