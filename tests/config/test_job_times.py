"""What a job can say about when it is due, and what is done about its slots."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wakeful.config import zone
from wakeful.core.calendar_schedule import CalendarSchedule
from wakeful.core.errors import InvalidConfigurationError
from wakeful.core.exclusion import exclusions_of
from wakeful.core.instant import HOUR, from_datetime
from wakeful.core.policy import (
    AtDeadline,
    Conditions,
    DaylightSaving,
    Missed,
    MissedAction,
    Occasion,
    OnSleep,
    Priority,
    Resume,
    SleepPolicy,
    Wake,
)
from wakeful.core.refinement import Refinement
from wakeful.core.trigger import OccasionTrigger
from wakeful.core.window import Window

AT = "schedules.jobs[1]"
BERLIN = "Europe/Berlin"


def job(**keys):
    return {"name": "bad", "command": ["true"], **keys}


@pytest.fixture
def read_job(read_jobs):
    def read(**keys):
        (found,) = read_jobs({"name": "j", "command": ["true"], **keys}).jobs
        assert [str(one) for one in found.problems] == []
        return found

    return read


def instant(*parts, zone=UTC):
    return from_datetime(datetime(*parts, tzinfo=zone))


def test_a_calendar_event_is_a_trigger(read_job):
    found = read_job(calendar="Mon..Fri 09:00", timezone=BERLIN, dst="systemd")
    assert (found.trigger_key, found.schedule_text) == ("calendar", "Mon..Fri 09:00")
    assert found.planning == "calendar Mon..Fri 09:00 Europe/Berlin"
    assert isinstance(found.schedule(0), CalendarSchedule)
    assert found.schedule(0).next_after(instant(2027, 1, 1, 9)) == instant(2027, 1, 4, 8)


def test_the_zone_of_a_calendar_event_comes_before_that_of_the_job(read_job):
    found = read_job(calendar="09:00 Asia/Tokyo", timezone=BERLIN)
    assert found.schedule(0).next_after(instant(2027, 1, 1, 1)) == instant(2027, 1, 2)
    assert found.planning == "calendar 09:00 Asia/Tokyo"


def test_reboot_is_the_event_of_a_boot(read_job):
    found = read_job(cron="@Reboot")
    assert found.trigger == OccasionTrigger(Occasion.BOOT)
    assert (found.trigger_key, found.schedule_text) == ("cron", "@Reboot")
    assert found.planning == read_job(on="boot").planning == "on boot"
    assert found.schedule(0) is None


def test_seconds_can_be_given_in_front(read_job):
    found = read_job(cron="30 0 9 * * *")
    assert found.schedule(0).next_after(instant(2027, 1, 1)) == instant(2027, 1, 1, 9, 0, 30)


def test_what_cron_reads_otherwise_than_it_seems_is_a_warning(warnings_of):
    (warning,) = warnings_of(job(cron="0 9 * * MON#1,FRI-SUN"))[:1]
    assert warning.startswith("schedules.jobs[0].cron: ")


@pytest.mark.parametrize("policy", DaylightSaving)
def test_what_cron_does_about_daylight_saving_can_be_chosen(read_job, policy):
    found = read_job(cron="30 2 * * *", timezone=BERLIN, dst=str(policy))
    assert found.trigger.policy is found.schedule(0).policy is policy
    usual = read_job(cron="30 2 * * *", timezone=BERLIN)
    assert (found.planning == usual.planning) is (policy is DaylightSaving.DEBIAN)


@pytest.mark.parametrize(
    ("written", "trigger", "text"),
    [
        *((str(one), OccasionTrigger(one), str(one)) for one in Occasion),
        ({"event": "boot"}, OccasionTrigger(Occasion.BOOT), "boot"),
        (
            {"event": "resume", "after": "1h"},
            OccasionTrigger(Occasion.RESUME, HOUR),
            "resume after 1h",
        ),
    ],
)
def test_an_event_is_a_trigger(read_job, written, trigger, text):
    found = read_job(on=written)
    assert found.trigger == trigger
    assert (found.trigger_key, found.schedule_text) == ("on", text)
    assert found.schedule(0) is None


def test_which_slots_count_and_how_late_they_are(read_job):
    found = read_job(
        every="1h",
        timezone=BERLIN,
        jitter="5m",
        between="08:00-18:00",
        not_before="2027-01-01T12:00:00",
        not_after="2027-12-31T12:00:00Z",
        exclude=["2027-05-01", "12-24..12-26"],
        max_runs=100,
    )
    assert found.refinement == Refinement(
        jitter=timedelta(minutes=5),
        between=Window(8 * 3600, 18 * 3600),
        not_before=instant(2027, 1, 1, 11),
        not_after=instant(2027, 12, 31, 12),
        exclude=exclusions_of(["2027-05-01", "12-24..12-26"]),
    )
    assert found.max_runs == 100
    slot = found.schedule(0).next_after(instant(2027, 4, 30, 15, 30))
    assert instant(2027, 5, 2, 6) <= slot <= instant(2027, 5, 2, 6, 5)


def test_a_job_without_refinement_has_none(read_job):
    assert read_job(every="1h", jitter="0s", exclude=[], between=None).refinement is None


def test_a_window_can_be_a_list_and_go_over_midnight(read_job):
    found = read_job(cron="0 * * * *", between=["22:00", "6:00"])
    assert found.refinement.between == Window(22 * 3600, 6 * 3600)


def test_not_after_a_date_means_all_of_that_day(read_job):
    found = read_job(cron="30 23 * * *", timezone=BERLIN, not_after="2027-03-28")
    schedule, berlin = found.schedule(0), ZoneInfo(BERLIN)
    last = instant(2027, 3, 28, 23, 30, zone=berlin)
    assert schedule.next_after(last - 1) == last
    assert schedule.next_after(last) is None
    assert found.refinement.not_after == instant(2027, 3, 29, zone=berlin) - 1


@pytest.mark.parametrize(
    ("written", "missed"),
    [
        (None, Missed()),
        ("run-all", Missed(action=MissedAction.RUN_ALL)),
        ({"within": "2d"}, Missed(within=timedelta(days=2))),
        (
            {"policy": "run-all", "within": 60, "cap": 3},
            Missed(action=MissedAction.RUN_ALL, within=timedelta(minutes=1), cap=3),
        ),
        ("skip", Missed(action=MissedAction.SKIP)),
        ("ask", Missed(action=MissedAction.ASK)),
    ],
)
def test_missed(read_job, written, missed):
    keys = {} if written is None else {"missed": written}
    assert read_job(every="1h", **keys).missed == missed


def test_conditions(read_job):
    found = read_job(
        every="1h",
        when={
            "ac": True,
            "battery_above": 30,
            "idle": "5m",
            "metered": False,
            "network": True,
            "load_below": 2,
            "deadline": "4h",
            "at_deadline": "run",
        },
    )
    assert found.conditions == Conditions(
        ac=True,
        battery_above=30,
        idle=timedelta(minutes=5),
        metered=False,
        online=True,
        load_below=2.0,
        deadline=timedelta(hours=4),
        at_deadline=AtDeadline.RUN,
    )
    assert read_job(every="1h", when={}).conditions is None
    assert read_job(on="resume", when={"ac": True}).conditions == Conditions(ac=True)


@pytest.mark.parametrize(
    ("written", "wake"),
    [
        (False, None),
        (True, Wake()),
        ({}, Wake()),
        (
            {"lead": "1m", "battery_above": 50, "lid": False},
            Wake(lead=timedelta(minutes=1), battery_above=50, lid=False),
        ),
    ],
)
def test_wake(read_job, written, wake):
    assert read_job(every="1h", wake=written).wake == wake


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("freeze", SleepPolicy(action=OnSleep.FREEZE)),
        ("hold", SleepPolicy(action=OnSleep.HOLD, at_most=timedelta(minutes=30))),
        (
            {"policy": "hold", "at_most": "2h"},
            SleepPolicy(action=OnSleep.HOLD, at_most=timedelta(hours=2)),
        ),
        ({}, SleepPolicy()),
    ],
)
def test_on_sleep(read_job, written, policy):
    assert read_job(on_sleep=written).on_sleep == policy


def test_priority(read_job):
    assert read_job().priority is Priority.NORMAL
    assert read_job(priority="critical").priority is Priority.CRITICAL


@pytest.mark.parametrize(
    "keys",
    [
        {"jitter": "5m"},
        {"between": "08:00-18:00"},
        {"exclude": ["12-25"]},
        {"not_before": "2020-01-01"},
        {"not_after": "2040-01-01"},
        {"dst": "skip"},
        {"timezone": BERLIN},
        {"cron": "1 * * * *"},
    ],
)
def test_slots_start_anew_when_something_changes_that_determines_them(read_job, keys):
    assert read_job(**{"cron": "0 * * * *", **keys}).planning != read_job(cron="0 * * * *").planning


@pytest.mark.parametrize(
    "keys",
    [
        {"missed": "skip"},
        {"when": {"ac": True}},
        {"wake": True},
        {"on_sleep": "stop"},
        {"priority": "low"},
        {"max_runs": 5},
        {"timezone": BERLIN},
        {"description": "x"},
        {"jitter": 0},
    ],
)
def test_slots_go_on_when_something_else_changes(read_job, keys):
    assert read_job(every="1h", **keys).planning == read_job(every="1h").planning


def test_the_same_days_in_another_order_are_the_same(read_job):
    one = read_job(every="1h", exclude=["12-25", "05-01", "05-01"], between="8:00-9:00")
    other = read_job(every="1h", exclude=["05-01", "12-25"], between=["08:00", "09:00"])
    assert one.planning == other.planning


@pytest.mark.parametrize(
    ("written", "message"),
    [
        # Triggers.
        (job(calendar="Mon..Foo"), ".calendar: calendar expression 'Mon..Foo': "),
        (job(calendar="*-02-30"), ".calendar: '*-02-30' can never fire: there is no such day"),
        (job(calendar=5), ".calendar: must be a text, not a number"),
        (job(calendar=None), ".calendar: must not be null"),
        (
            job(on="resum"),
            (
                ".on: must be 'resume', 'before-sleep', 'boot', 'login', 'unlock', 'ac', 'battery',"
                " 'network', or an object (did you mean 'resume'?)"
            ),
        ),
        (job(on=True), ".on: must be 'resume', 'before-sleep', "),
        (job(on={}), ".on.event: is required"),
        (job(on={"event": "sunset"}), ".on.event: must be 'resume', 'before-sleep', 'boot', "),
        (
            job(on={"event": "resume", "aftre": "1h"}),
            ".on.aftre: unknown key (did you mean 'after'?)",
        ),
        (job(on={"event": "resume", "after": "soon"}), ".on.after: 'soon' is not a duration"),
        (job(on={"event": "boot", "after": "1h"}), ".on.after: is for the event 'resume' only"),
        (job(on="resume", every="5m"), ": has 2 triggers: every, on (keep one)"),
        (job(cron="@daily", calendar="daily"), ": has 2 triggers: cron, calendar (keep one)"),
        # Daylight saving.
        (
            job(cron="@daily", dst="never"),
            ".dst: must be 'debian', 'skip', 'twice' or 'systemd'",
        ),
        (
            job(calendar="daily", dst="debian"),
            ".dst: must be 'systemd' for a job with calendar (or write it as cron)",
        ),
        # What refines a trigger.
        (job(every="5m", jitter="6m"), ".jitter: must not be longer than the interval, 5m"),
        (job(every="5m", jitter=0.5), ".jitter: must be at least one second"),
        (job(every="5m", jitter="x"), ".jitter: 'x' is not a duration"),
        (job(on="boot", jitter="6m"), ".jitter: is for jobs with cron, calendar, every only"),
        (job(jitter="6m"), ".jitter: is for jobs with cron, calendar, every only"),
        (
            job(at="2027-01-01", between="08:00-18:00"),
            ".between: is for jobs with cron, calendar, every only",
        ),
        (
            job(cron="@reboot", exclude=["12-25"]),
            ".exclude: is for jobs with cron, calendar, every only",
        ),
        (job(every="5m", between="8-18"), ".between: '8' is not a time of the day; write for "),
        (
            job(every="5m", between=["08:00"]),
            ".between: must be two times of the day: a text such as 08:00-18:00, or a list of two",
        ),
        (job(every="5m", between=5), ".between: must be two times of the day"),
        (job(every="5m", exclude=["12-25", "sat"]), ".exclude[1]: 'sat' is not a day or a range"),
        (job(every="5m", exclude=["2027-02-29"]), ".exclude[0]: there is no day 2027-02-29"),
        (job(every="5m", exclude="12-25"), ".exclude: must be a list, not a text"),
        (job(every="5m", exclude=["01-01..12-31"]), ".exclude: leaves out every day"),
        (job(every="5m", not_before="soon"), ".not_before: 'soon' is not an instant"),
        (job(every="5m", not_after="9999-01-01"), ".not_after: must be between the years 1970"),
        (
            job(every="5m", not_before="2027-01-02", not_after="2027-01-01"),
            ".not_after: must not be before not_before",
        ),
        (
            job(cron="0 3 * * *", between="08:00-18:00"),
            ".between: leaves no slot: the job would never be due",
        ),
        (
            job(calendar="*-12-24", exclude=["12-24"]),
            ".exclude: leaves no slot: the job would never be due",
        ),
        (
            job(cron="0 0 1 1 *", not_before="2027-01-02", not_after="2027-12-31"),
            ".not_after: leaves no slot: the job would never be due",
        ),
        (job(every="5m", max_runs=0), ".max_runs: must be greater than or equal to 1"),
        (job(every="5m", max_runs=True), ".max_runs: must be a whole number, not true or false"),
        # What is done about slots.
        (
            job(every="5m", missed="run-onec"),
            (
                ".missed: must be 'run-once', 'run-all', 'skip', 'ask', or an object"
                " (did you mean 'run-once'?)"
            ),
        ),
        (job(every="5m", missed=None), ".missed: must be 'run-once', 'run-all', 'skip', 'ask', or"),
        (
            job(every="5m", missed={"wihtin": "2d"}),
            ".missed.wihtin: unknown key (did you mean 'within'?)",
        ),
        (
            job(every="5m", missed={"policy": "run-all", "cap": 0}),
            ".missed.cap: must be greater than or equal to 1",
        ),
        (job(every="5m", when="ac"), ".when: must be an object"),
        (
            job(every="5m", when={"battery_above": 101}),
            ".when.battery_above: must be less than or equal to 100",
        ),
        (job(every="5m", when={"load_below": 0}), ".when.load_below: must be greater than 0"),
        (job(every="5m", when={"ac": "yes"}), ".when.ac: must be true or false, not a text"),
        (job(every="5m", when={"idel": "5m"}), ".when.idel: unknown key (did you mean 'idle'?)"),
        (job(every="5m", wake="yes"), ".wake: must be true, false, or an object"),
        (job(every="5m", wake={"lead": -1}), ".wake.lead: -1 is not a duration"),
        (
            job(on_sleep="frezee"),
            (
                ".on_sleep: must be 'continue', 'freeze', 'stop', 'hold', or an object"
                " (did you mean 'freeze'?)"
            ),
        ),
        (
            job(on_sleep={"policy": "hold", "at_least": "1m"}),
            ".on_sleep.at_least: unknown key (did you mean 'at_most'?)",
        ),
        (job(priority="urgent"), ".priority: must be 'low', 'normal', 'high' or 'critical'"),
    ],
)
def test_a_mistake_is_reported_with_its_place(errors_of, written, message):
    (error,) = errors_of(written)
    assert error.startswith(AT + message)


def test_all_mistakes_in_all_objects_are_reported_at_once(errors_of):
    found = errors_of(
        job(
            every="5m",
            jitter="1h",
            between=["x", "y"],
            missed={"policy": "x", "within": "x", "x": 1},
            when={"ac": 1, "y": 1},
            wake={"lid": 1},
            on_sleep={"at_most": "x"},
        )
    )
    assert [one.removeprefix(AT).partition(":")[0] for one in found] == [
        ".between",
        ".jitter",
        ".missed.policy",
        ".missed.within",
        ".missed.x",
        ".when.ac",
        ".when.y",
        ".wake.lid",
        ".on_sleep.at_most",
    ]


@pytest.mark.parametrize(
    ("written", "warnings"),
    [
        (
            job(on="resume", missed="skip", wake=True),
            [
                ".missed: has no effect: only what is planned can be missed, or woken for",
                ".wake: has no effect: only what is planned can be missed, or woken for",
            ],
        ),
        (
            job(missed="skip", wake=True, when={"ac": True}, max_runs=3),
            [
                f".{key}: has no effect: without a trigger, nothing is planned"
                for key in ("missed", "wake", "when", "max_runs")
            ],
        ),
        (job(on="resume", wake=False, when={"ac": True}, max_runs=3), []),
        (
            job(every="5m", dst="skip"),
            [".dst: has no effect: only cron and calendar name times of the clock on the wall"],
        ),
        (
            job(every="5m", missed={"policy": "skip", "within": "5m", "cap": 3}),
            [
                ".missed.cap: has no effect without 'run-all'",
                ".missed.within: has no effect with 'skip'",
            ],
        ),
        (
            job(every="5m", when={"deadline": "1h"}),
            [".when.deadline: has no effect: there is nothing to wait for"],
        ),
        (
            job(every="5m", on_sleep={"policy": "stop", "at_most": "1h"}),
            [".on_sleep.at_most: has no effect without 'hold'"],
        ),
        (
            job(every="2d", between="08:00-18:00"),
            [
                (
                    ".between: each slot comes at the time of the day at which the job was first"
                    " seen; if that is not in here, none ever counts (use cron or calendar for"
                    " times of the day)"
                )
            ],
        ),
    ],
)
def test_what_has_no_effect_is_a_warning_and_the_job_runs(warnings_of, written, warnings):
    assert warnings_of(written) == [f"schedules.jobs[0]{warning}" for warning in warnings]


def test_how_missed_slots_are_made_up_for_after_a_wake_up(read_jobs):
    assert read_jobs().resume == Resume()
    written = {"settle": "20s", "network": True, "at_once": 2, "spacing": 5}
    assert read_jobs(resume=written).resume == Resume(
        settle=timedelta(seconds=20), network=True, at_once=2, spacing=timedelta(seconds=5)
    )


def test_all_mistakes_in_it_are_reported_with_their_places(read_jobs):
    with pytest.raises(InvalidConfigurationError) as caught:
        read_jobs(resume={"settel": 1, "network": 1, "at_once": 0, "spacing": "x"}, enabled=1)
    assert {str(one).partition(";")[0] for one in caught.value.problems} == {
        "schedules.enabled: must be true or false, not a number",
        "schedules.resume.settel: unknown key (did you mean 'settle'?)",
        "schedules.resume.network: must be true or false, not a number",
        "schedules.resume.at_once: must be greater than or equal to 1",
        "schedules.resume.spacing: 'x' is not a duration",
    }


@pytest.fixture
def system_zone(monkeypatch):
    """Let the zone of the system be another."""
    link = os.readlink

    def set_zone(target):
        def readlink(path, **keys):
            if os.fspath(path) != "/etc/localtime":
                return link(path, **keys)
            if isinstance(target, Exception):
                raise target
            return target

        monkeypatch.setattr(os, "readlink", readlink)

    return set_zone


def test_local_is_the_zone_of_the_system_by_its_name(read_jobs, system_zone):
    written = {"name": "j", "command": ["true"], "cron": "@daily", "timezone": "Local"}
    system_zone("../usr/share/zoneinfo/Asia/Kathmandu")
    found = read_jobs(written, timezone="local")
    assert (found.timezone, found.zone) == ("Asia/Kathmandu", ZoneInfo("Asia/Kathmandu"))
    assert found.jobs[0].planning == "cron @daily Asia/Kathmandu"
    system_zone("/usr/share/zoneinfo/Europe/Berlin")
    found = read_jobs(written, timezone="local")
    assert (found.timezone, found.jobs[0].timezone) == (BERLIN, BERLIN)
    assert found.jobs[0].zone == ZoneInfo(BERLIN)


def test_a_system_without_a_zone_is_in_utc(read_jobs, system_zone):
    system_zone(FileNotFoundError())
    found = read_jobs(timezone="local")
    assert (found.timezone, found.zone) == ("UTC", UTC)


@pytest.mark.parametrize("target", [OSError(), "/somewhere/else", "/usr/share/zoneinfo/No/Such"])
def test_a_zone_of_the_system_without_a_name_is_used_all_the_same(
    read_jobs, system_zone, monkeypatch, tmp_path, target
):
    system_zone(target)
    rules = tmp_path / "localtime"
    monkeypatch.setattr(zone, "_LOCAL_FILE", rules)
    with pytest.raises(InvalidConfigurationError, match=r"timezone: the time zone of the system"):
        read_jobs(timezone="local")
    rules.write_bytes(Path("/usr/share/zoneinfo", BERLIN).read_bytes())
    found = read_jobs(timezone="local")
    assert found.timezone == "local"
    assert found.zone.utcoffset(datetime(2027, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
