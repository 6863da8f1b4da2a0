"""The document as a whole: from bytes to a configuration, or to all that is wrong with it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wakeful.config.check import check_file
from wakeful.config.document import LARGEST_DOCUMENT
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.problem import Severity


def deep(depth, inner="0"):
    return ("[" * depth + inner + "]" * depth).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON: Expecting value in line 1, column 1"),
        (
            b'{\n  "schedules": {,}\n}',
            "not JSON: Expecting property name enclosed in double quotes",
        ),
        (b'{"a": 1,\n "b" 2}', "not JSON: Expecting ':' delimiter in line 2, column 6"),
        (b"{} {}", "not JSON: Extra data in line 1, column 4"),
        (b"// no\n{}", "not JSON: Expecting value in line 1, column 1"),
        (b'{"a": "x\ny"}', "not JSON: Invalid control character at in line 1, column 9"),
        (b"\xff\xfe{}", "the file is not UTF-8 text"),
        ('{"a": 1}'.encode("utf-16"), "the file is not UTF-8 text"),
        (b"[]", "the file must hold a JSON object"),
        (b"null", "the file must hold a JSON object"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        (b'{"a": [{"b": 1, "c": 2, "b": 1}]}', "the key 'b' stands twice in one object"),
        (b'{"a": NaN}', "not JSON: NaN is not a number in JSON"),
        (b'{"a": -Infinity}', "not JSON: -Infinity is not a number in JSON"),
        (b'{"a\\u0000": 1}', r"the key 'a\x00' must not contain the character NUL"),
        (b'{"\\ud800": 1}', r"the key '\ud800' must not contain half of a surrogate pair"),
        (b'{"a": ' + deep(100_000) + b"}", "nested too deeply"),
        (b" " * (LARGEST_DOCUMENT + 1), "the file is larger than 16 MiB"),
        (b'{"schedules": []}', "schedules: must be an object"),
        (b'{"schedules": null}', "schedules: must be an object"),
        (
            b'{"schedules": {"enabled": "yes"}}',
            "schedules.enabled: must be true or false, not a text",
        ),
        (b'{"schedules": {"jobs": {}}}', "schedules.jobs: must be a list, not empty"),
        (b'{"schedules": {"jobs": {"a": 1}}}', "schedules.jobs: must be a list, not an object"),
        (b'{"schedules": {"timezone": 1}}', "schedules.timezone: must be a text, not a number"),
        (
            b'{"schedules": {"timezone": "Europe/Berln"}}',
            "schedules.timezone: there is no time zone 'Europe/Berln'; did you mean",
        ),
        (
            b'{"schedules": {"execution_mode": "magic"}}',
            "schedules.execution_mode: must be 'claude_cli', 'skill_direct' or 'python_script'",
        ),
        (
            b'{"schedules": {"output_limit": "huge"}}',
            "schedules.output_limit: 'huge' is not a size; write for example 512K, 10M or bytes",
        ),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_a_document_that_cannot_be_used_is_refused_with_the_reason(read, path, content, message):
    with pytest.raises(InvalidConfigurationError) as caught:
        read(content)
    (problem,) = caught.value.problems
    assert str(problem).startswith(message)
    assert str(caught.value).startswith(f"{path}: ")


def test_all_that_is_wrong_with_the_section_is_said_at_once(read):
    with pytest.raises(InvalidConfigurationError) as caught:
        read({"schedules": {"enabled": 1, "timezone": 2, "cron_scheduler_alias": 3, "jbos": []}})
    assert [problem.path for problem in caught.value.problems] == [
        "schedules.jbos",
        "schedules.enabled",
        "schedules.timezone",
        "schedules.cron_scheduler_alias",
    ]
    assert caught.value.problems[0].hint == "did you mean 'jobs'?"


@pytest.mark.parametrize("depth", [50, 300, 900, 990, 995, 1000, 3000])
def test_nesting_is_read_or_refused_but_breaks_nothing(read, depth):
    content = b'{"schedules": {"jobs": [{"name": "j", "command": ["true"], "inputs": {"a": %s}}]}}'
    try:
        configuration = read(content % deep(depth))
    except InvalidConfigurationError as error:
        assert [str(one) for one in error.problems] == ["nested too deeply"]  # noqa: PT017 - either
    else:
        assert configuration.jobs[0].usable


@pytest.mark.parametrize("content", [b"{}", b"\xef\xbb\xbf{}", b' {"schedules": {}}\n\n'])
def test_an_empty_configuration_is_one_without_jobs(read, content):
    configuration = read(content)
    assert configuration.jobs == configuration.problems == ()
    assert (configuration.enabled, configuration.timezone) == (True, "UTC")
    assert configuration.names == frozenset()


def test_what_is_set_for_all(read_jobs):
    configuration = read_jobs(
        enabled=False,
        timezone="Europe/Berlin",
        execution_mode="claude_cli",
        cron_scheduler_alias=True,
    )
    assert not configuration.enabled
    assert configuration.timezone == configuration.zone.key == "Europe/Berlin"
    assert configuration.execution_mode == "claude_cli"
    assert configuration.cron_scheduler_alias


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"slack": {}}, "slack: unknown section; nothing in it is used"),
        ({"schedulse": {}}, "schedulse: unknown section; nothing in it is used"),
        ({"hypervisor": {"uri": "x"}}, "hypervisor: is not supported yet"),
        ({"notifications": {"slack": {}}}, "notifications: is not supported yet"),
        ({"schedules": {"default_retry": {"max_attempts": 3}}}, "schedules.default_retry: is not"),
        ({"schedules": {"limits": {}}}, "schedules.limits: is not supported yet"),
    ],
)
def test_what_is_not_used_is_said(read, document, message):
    (problem,) = read(document).problems
    assert str(problem).startswith(message)
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    "document",
    [
        {"$schema": "https://example.org/schema.json"},
        {"hypervisor": {}, "notifications": None},
        {"schedules": {"default_retry": {"max_attempts": 1}}},
        {"schedules": {"default_retry": False}},
    ],
)
def test_what_asks_for_nothing_needs_no_word(read, document):
    assert read(document).problems == ()


def test_an_unknown_key_of_the_section_is_an_error_and_the_rest_is_in_force(read_jobs):
    configuration = read_jobs({"name": "j", "command": ["true"]}, enabeld=False)
    (problem,) = configuration.problems
    assert str(problem) == "schedules.enabeld: unknown key (did you mean 'enabled'?)"
    assert problem.severity is Severity.ERROR
    assert configuration.jobs[0].usable


def test_problems_of_the_whole_come_before_those_of_the_jobs(read):
    configuration = read(
        {"x": 1, "schedules": {"y": 1, "jobs": [{"name": "a"}, {"name": "b", "z": 1}]}}
    )
    assert [problem.path for problem in configuration.problems] == [
        "x",
        "schedules.y",
        "schedules.jobs[0]",
        "schedules.jobs[1]",
        "schedules.jobs[1].z",
    ]


def test_a_file_is_checked_as_the_daemon_would(path):
    path.write_text('{"schedules": {"jobs": [{"name": "j"}]}}')
    assert check_file(path).jobs[0].name == "j"


def test_a_file_that_is_not_there(path):
    with pytest.raises(
        InvalidConfigurationError, match=f"{re.escape(str(path))}: the file does not"
    ):
        check_file(path)


def test_a_file_that_is_a_folder(tmp_path):
    with pytest.raises(InvalidConfigurationError, match="cannot be read: Is a directory"):
        check_file(tmp_path)


def test_a_file_without_end_is_not_read_to_its_end(path):
    path.symlink_to("/dev/zero")
    with pytest.raises(InvalidConfigurationError, match="larger than 16 MiB"):
        check_file(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = (
    "name description enabled cron every at timezone timeout_seconds overlap env working_directory"
    " inputs persona notify tags output_limit command script python args interpreter skill calendar"
    " retry on dst between exclude not_before not_after max_runs jitter priority missed when wake"
    " on_sleep"
)
TEXTS = st.sampled_from(
    [
        *("true", "5m", "0 9 * * *", "2027-01-01", "UTC", "1K", "log", "\0", "\ud800"),
        *("local", "Mon 09:00", "@reboot", "resume", "run-once", "08:00-18:00", "12-25", "hold"),
    ]
)
JOBS = st.dictionaries(
    st.sampled_from(WORDS.split()), JSON | TEXTS | st.lists(TEXTS, max_size=2), max_size=8
)


@given(st.lists(JOBS | JSON, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_job_says_it_is_listed_with_its_errors(read, jobs):
    content = json.dumps({"schedules": {"jobs": jobs}}).encode()
    try:
        configuration = read(content)
    except InvalidConfigurationError as error:
        assert [one for one in error.problems if one.path] == []  # noqa: PT017 - keys, as a rule not
        return
    assert len(configuration.jobs) == len(configuration.names) == len(jobs)
    for position, job in enumerate(configuration.jobs):
        assert job.usable is not bool(job.error)
        assert job.planning or job.trigger is None
        text = f"{job.name}{job.schedule_text}{job.description}{job.persona}{job.error}"
        assert "\0" not in text
        assert text.encode()
        for problem in job.problems:
            assert problem.path.startswith(f"schedules.jobs[{position}]")
