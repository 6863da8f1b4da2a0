from __future__ import annotations

from wakeful.adapters.dbus.library import Variant
from wakeful.client.events import (
    ConfigRejected,
    ConfigReloaded,
    DaemonBack,
    DaemonGone,
    ExecutionFinished,
    ExecutionStarted,
    JobChanged,
    SchedulerToggled,
    read_owner_change,
    read_property_change,
    read_signal,
)
from wakeful.client.reading import read_details, read_execution, read_health, read_job
from wakeful.client.records import ExecutionRecord, JobRecord, ReloadRecord

NAME = "org.wakeful.Scheduler1"
YES, NO = (Variant("b", value) for value in (True, False))


def test_what_is_absent_reads_as_nothing():
    assert read_job({"name": Variant("s", "a")}) == JobRecord(name="a")
    assert read_execution({"execution_id": Variant("s", "x")}) == ExecutionRecord(execution_id="x")
    assert read_details({}).slots == ()
    assert not read_health({}).healthy


def test_zero_is_no_time():
    job = read_job({"next_run": Variant("t", 0), "last_run": Variant("t", 5)})
    assert (job.next_run, job.last_run) == (None, 5)


def test_zero_is_a_duration_and_an_exit_status():
    execution = read_execution({"duration": Variant("t", 0), "exit_status": Variant("i", 0)})
    assert (execution.duration, execution.exit_status) == (0, 0)


def test_another_type_than_announced_breaks_nothing():
    job = read_job({"name": Variant("u", 5), "enabled": Variant("s", "x"), "tags": YES})
    assert job == JobRecord(name="")


def test_no_variant_leaks():
    health = read_health({"checks": Variant("a{sb}", {"running": True}), "healthy": YES})
    assert health.checks == (("running", True),)


def test_signals():
    details = {"execution_id": Variant("s", "x"), "state": Variant("s", "failed")}
    assert [
        read_signal("ExecutionStarted", ["x", "a", 0, "manual"]),
        read_signal("ExecutionFinished", ["x", "a", "failed", details]),
        read_signal("JobChanged", ["a"]),
        read_signal("ConfigReloaded", [{"added": Variant("as", ["a"])}]),
        read_signal("ConfigRejected", [["bad"]]),
        read_signal("SomethingNew", ["a"]),
        read_signal("JobChanged", [5]),
    ] == [
        ExecutionStarted("x", "a", None, "manual"),
        ExecutionFinished(ExecutionRecord(execution_id="x", state="failed")),
        JobChanged("a"),
        ConfigReloaded(ReloadRecord(added=("a",))),
        ConfigRejected(("bad",)),
        None,
        None,
    ]


def test_properties_and_owners():
    changed = {"Enabled": NO}
    assert read_property_change([NAME, changed, []]) == SchedulerToggled(enabled=False)
    assert read_property_change([NAME, {"Timezone": Variant("s", "UTC")}, []]) is None
    assert isinstance(read_owner_change([NAME, ":1.2", ""]), DaemonGone)
    assert isinstance(read_owner_change([NAME, "", ":1.3"]), DaemonBack)
