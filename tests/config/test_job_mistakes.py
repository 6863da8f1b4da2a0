"""Every mistake in the definition of a job: where it is, what it is; the other jobs go on."""

from __future__ import annotations

import pytest

AT = "schedules.jobs[1]"


def job(**keys):
    return {"name": "bad", "command": ["true"], **keys}


def without(key, **keys):
    return {name: value for name, value in job(**keys).items() if name != key}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        # Keys that are not known, with what was probably meant.
        (job(tiemout=5), ".tiemout: unknown key (did you mean 'timeout_seconds'?)"),
        (job(timeout=5), ".timeout: unknown key (did you mean 'timeout_seconds'?)"),
        (job(enabeld=True), ".enabeld: unknown key (did you mean 'enabled'?)"),
        (job(Cron="0 9 * * *"), ".Cron: unknown key (did you mean 'cron'?)"),
        (job(frobnicate=1), ".frobnicate: unknown key"),
        (job(args=["x"]), ".args: unknown key (did you mean 'tags'?)"),
        (job(**{"": 1}), ".: unknown key"),
        # Names.
        (without("name"), ".name: is required"),
        (job(name=5), ".name: must be a text, not a number"),
        (job(name=None), ".name: must be a text, not null"),
        (job(name=""), ".name: a job needs a name"),
        (job(name=" x"), ".name: the name starts or ends with white space"),
        (job(name="a\nb"), ".name: the name contains control characters"),
        (job(name="x" * 129), ".name: the name is longer than 128 characters"),
        (job(name="good"), ".name: the name 'good' is already taken by schedules.jobs[0]"),
        (
            job(name="schedules.jobs[0]"),
            ".name: names beginning with schedules.jobs[ stand for jobs without one",
        ),
        # Kinds.
        (
            without("command"),
            ": does not say what to do (add one of: command, python, script)",
        ),
        (job(script="x"), ": has 2 kinds: command, script (keep one of these keys)"),
        (job(skill="x"), ": has 2 kinds: command, skill (keep one of these keys)"),
        (job(script="x", args=[]), ": has 2 kinds: command, script (keep one of these keys)"),
        (without("command", skill="x"), ".skill: jobs of kind 'skill' are not supported yet"),
        (without("command", agent="x"), ".agent: jobs of kind 'agent' are not supported yet"),
        (without("command", http="x"), ".http: jobs of kind 'http' are not supported yet"),
        (
            without("command", maintenance="x"),
            ".maintenance: jobs of kind 'maintenance' are not supported yet",
        ),
        # Triggers.
        (job(cron="0 9 * * *", every="5m"), ": has 2 triggers: cron, every (keep one)"),
        (
            job(at="2027-01-01T00:00Z", cron="0 9 * * *", every="5m"),
            ": has 3 triggers: cron, every, at (keep one)",
        ),
        (job(cron=5), ".cron: must be a text, not a number"),
        (
            job(every=None),
            ".every: must not be null (leave it out for a job without trigger)",
        ),
        (
            job(cron="99 9 * * *"),
            ".cron: minute field of '99 9 * * *': 99 is not between 0 and 59",
        ),
        (
            job(cron="0 0 31 2 *"),
            ".cron: '0 0 31 2 *' can never fire: no month has such a day",
        ),
        (job(every="0s"), ".every: must be at least one second"),
        (job(every=0.5), ".every: must be at least one second"),
        (job(every=10**400), f".every: {10**400} is longer than a hundred years"),
        (
            job(every="soon"),
            (
                ".every: 'soon' is not a duration; write for example 90s, 15m, 1h30m, 2d or a"
                " number of seconds"
            ),
        ),
        (
            job(every=[]),
            ".every: must be a duration: a text such as 90s or 1h30m, or seconds",
        ),
        (
            job(at="tomorrow"),
            ".at: 'tomorrow' is not an instant; write for example 2027-01-01T03:00:00+01:00",
        ),
        (job(at=5), ".at: must be a text, not a number"),
        (job(at="9999-12-31T23:59:59-12:00"), ".at: must be between the years 1970 and 9000"),
        (job(at="0001-01-01T00:00:00+14:00"), ".at: must be between the years 1970 and 9000"),
        # Zones.
        (
            job(timezone="Europe/Berln"),
            ".timezone: there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        ),
        (job(timezone="../../etc/passwd"), ".timezone: there is no time zone '../../etc/passwd'"),
        (job(timezone=""), ".timezone: there is no time zone ''"),
        (job(timezone=1), ".timezone: must be a text, not a number"),
        # Types.
        (job(enabled="yes"), ".enabled: must be true or false, not a text"),
        (job(enabled=1), ".enabled: must be true or false, not a number"),
        (job(enabled=None), ".enabled: must be true or false, not null"),
        (job(description=["x"]), ".description: must be a text, not a list"),
        (job(env=["A=1"]), ".env: must be an object, not a list"),
        (job(env={"A": 1}), ".env.A: must be a text, not a number"),
        (job(inputs="x"), ".inputs: must be an object, not a text"),
        (job(notify="log"), ".notify: must be a list, not a text"),
        (job(notify=["log", 1]), ".notify[1]: must be a text, not a number"),
        (job(tags=[[]]), ".tags[0]: must be a text, not empty"),
        (job(overlap="queue"), ".overlap: must be 'skip'"),
        (
            job(timeout_seconds=True),
            ".timeout_seconds: must be a duration: a text such as 90s or 1h30m, or seconds",
        ),
        (job(timeout_seconds=-1), ".timeout_seconds: -1 is not a duration"),
        (
            job(output_limit="huge"),
            ".output_limit: 'huge' is not a size; write for example 512K, 10M or bytes",
        ),
        (
            job(output_limit=1.5),
            ".output_limit: must be a size: a text such as 512K or 10M, or bytes",
        ),
        # Options of kinds.
        (job(command="true"), ".command: must be a list, not a text"),
        (job(command=[]), ".command: must not be empty"),
        (job(command=[""]), ".command[0]: the name of the program is empty"),
        (job(command=["echo", 1]), ".command[1]: must be a text, not a number"),
        (without("command", script=""), ".script: must not be empty"),
        (without("command", python=5), ".python: must be a text, not a number"),
        # The environment.
        (job(env={"A-B": "x"}), ".env.A-B: is not the name of an environment variable"),
        (job(env={"": "x"}), ".env.: is not the name of an environment variable"),
        (
            job(env={"WAKEFUL_JOB": "x"}),
            ".env.WAKEFUL_JOB: names beginning with WAKEFUL_ are set by Wakeful",
        ),
        # Texts that nothing can be done with.
        (job(env={"A": "x\0y"}), ".env.A: must not contain the character NUL"),
        (job(description="\0"), ".description: must not contain the character NUL"),
        (job(command=["echo", "\0"]), ".command[1]: must not contain the character NUL"),
        (job(inputs={"a": [{"b": "\0"}]}), ".inputs.a[0].b: must not contain the character NUL"),
        (job(persona="\ud800"), ".persona: must not contain half of a surrogate pair"),
        (job(command=["/\ud800"]), ".command[0]: must not contain half of a surrogate pair"),
        # Keys of a later release ask for something that would not be done.
        (job(retry={"max_attempts": 3}), ".retry: is not supported yet"),
        (job(requires=["a"]), ".requires: is not supported yet"),
        (job(sandbox="strict"), ".sandbox: is not supported yet"),
        (job(execution_mode="magic"), ".execution_mode: is not supported yet"),
    ],
)
def test_a_mistake_is_reported_with_its_place(errors_of, written, message):
    assert errors_of(written) == [AT + message]


@pytest.mark.parametrize("written", [None, 5, "backup", [], True])
def test_what_is_no_object_is_listed_by_its_place(read_jobs, written):
    configuration = read_jobs(written, {"name": "good", "command": ["true"]})
    bad, good = configuration.jobs
    assert (bad.name, bad.error) == (
        "schedules.jobs[0]",
        "schedules.jobs[0]: must be an object",
    )
    assert good.usable


def test_a_folder_of_time_zones_is_none(errors_of):
    (error,) = errors_of(job(timezone="Europe"))
    assert error.startswith(f"{AT}.timezone: there is no time zone 'Europe'; did you mean")


def test_all_mistakes_are_reported_at_once(errors_of):
    found = errors_of(
        {
            "name": "",
            "cron": "x",
            "timezone": "Nowhere",
            "enabled": 1,
            "tiemout": 5,
            "env": {"1A": "x"},
            "script": "x",
            "command": ["y"],
        }
    )
    assert [one.removeprefix(AT).partition(":")[0] for one in found] == [
        "",
        ".enabled",
        ".tiemout",
        ".timezone",
        ".cron",
        ".env.1A",
        ".name",
    ]


def test_mistakes_come_in_the_same_order_every_time(errors_of):
    keys = {f"unknown_{number}": 1 for number in range(20)}
    assert [one.split(":")[0] for one in errors_of(job(**keys))] == [f"{AT}.{key}" for key in keys]


def test_secrets_are_never_repeated(read_jobs):
    secret = "hunter2"
    configuration = read_jobs(
        job(
            env={"TOKEN": secret + "\0", "B-C": secret, "WAKEFUL_X": secret, "D": [secret]},
            inputs=secret,
            description={"password": secret},
            enabled=secret,
            notify=secret,
            persona=[secret],
            secrets={"TOKEN": secret},
        )
    )
    (bad,) = configuration.jobs
    assert len(bad.problems) >= 8
    assert secret not in "\n".join(map(str, configuration.problems))
    assert secret not in bad.definition


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        ({"description": "d", "enabled": 1}, {"description": "d", "enabled": True}),
        ({"enabled": False, "tiemout": 1}, {"enabled": False}),
        ({"cron": "x x", "enabled": False}, {"schedule_text": "x x", "trigger_key": "cron"}),
        ({"tags": ["a"], "env": 5}, {"tags": ("a",)}),
        ({"description": "a\0b"}, {"description": "a\ufffdb"}),
        ({"cron": "0 9 * * *\0"}, {"schedule_text": "0 9 * * *\ufffd"}),
        ({"every": 90, "tiemout": 1}, {"schedule_text": "1m30s", "trigger_key": "every"}),
    ],
)
def test_what_is_right_of_a_bad_job_is_shown(read_jobs, bad, shown):
    (read,) = read_jobs(job(**bad)).jobs
    assert not read.usable
    assert {key: getattr(read, key) for key in shown} == shown
    assert (read.name, read.kind) == ("bad", "command")


def test_a_job_that_needs_a_missing_extra_is_the_only_one_that_suffers(read_jobs, monkeypatch):
    from wakeful.kinds import python  # noqa: PLC0415 - taken out of the way below

    monkeypatch.delattr(python, "KIND")
    good, bad = read_jobs(job(), {"name": "other", "python": "a:b"}).jobs
    assert good.usable
    assert bad.error.startswith("schedules.jobs[1].python: 'python' of wakeful.kinds cannot be")
    assert "is the extra it belongs to installed?" in bad.error


def test_a_job_may_not_have_a_name_that_only_looks_free(read_jobs):
    configuration = read_jobs({"name": "schedules.jobs[1]", "command": ["true"]}, {"name": 5})
    assert len(configuration.names) == len(configuration.jobs) == 2
