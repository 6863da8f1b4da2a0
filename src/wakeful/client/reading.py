"""From the dictionaries of the bus to records.

A key that is absent, or holds another type than announced, reads as "nothing": a newer or older
daemon shows less, but never breaks a listing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wakeful.client.records import (
    ClockChangeRecord,
    ClockChanges,
    DaemonRecord,
    ExecutionRecord,
    ExplanationRecord,
    HealthRecord,
    JobDetails,
    JobRecord,
    PeriodRecord,
    Policies,
    PowerRecord,
    ReloadRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wakeful.adapters.dbus.library import Variant
    from wakeful.core.instant import Instant


class Fields:
    """The values of an ``a{sv}``, by key and expected type."""

    def __init__(self, dictionary: Mapping[str, Variant]) -> None:
        self._values: dict[str, Any] = {key: one.value for key, one in dictionary.items()}

    def text(self, key: str) -> str:
        """Give a string, or the empty one."""
        value = self._values.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Give an array of strings."""
        value = self._values.get(key)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def flag(self, key: str, *, default: bool) -> bool:
        """Give a truth value."""
        value = self._values.get(key)
        return value if isinstance(value, bool) else default

    def number(self, key: str) -> int | None:
        """Give a number, or None."""
        value = self._values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def count(self, key: str) -> int:
        """Give a number, or 0."""
        return self.number(key) or 0

    def instant(self, key: str) -> Instant | None:
        """Give an instant; the bus writes 0 for none."""
        return self.number(key) or None

    def instants(self, key: str) -> tuple[Instant, ...]:
        """Give an array of instants."""
        value = self._values.get(key)
        return (
            tuple(one for one in value if isinstance(one, int)) if isinstance(value, list) else ()
        )

    def flags(self, key: str) -> tuple[tuple[str, bool], ...]:
        """Give a dictionary of truth values."""
        value = self._values.get(key)
        if not isinstance(value, dict):
            return ()
        return tuple((str(name), bool(one)) for name, one in value.items())

    def sentences(self, key: str) -> tuple[tuple[str, str], ...]:
        """Give a dictionary of texts."""
        value = self._values.get(key)
        if not isinstance(value, dict):
            return ()
        return tuple((str(name), str(one)) for name, one in value.items())

    def values(self, key: str) -> dict[str, object]:
        """Give a dictionary of any values."""
        value = self._values.get(key)
        return {name: one.value for name, one in value.items()} if isinstance(value, dict) else {}

    def dictionaries(self, key: str) -> tuple[Mapping[str, Variant], ...]:
        """Give an array of dictionaries."""
        value = self._values.get(key)
        return tuple(value) if isinstance(value, list) else ()


def read_job(dictionary: Mapping[str, Variant]) -> JobRecord:
    """Read one element of the answer of ListJobs."""
    fields = Fields(dictionary)
    return JobRecord(
        name=fields.text("name"),
        description=fields.text("description"),
        kind=fields.text("kind"),
        trigger=fields.text("trigger"),
        schedule=fields.text("schedule"),
        timezone=fields.text("timezone"),
        enabled=fields.flag("enabled", default=True),
        next_run=fields.instant("next_run"),
        last_run=fields.instant("last_run"),
        last_state=fields.text("last_state"),
        run_count=fields.count("run_count"),
        failure_count=fields.count("failure_count"),
        missed_count=fields.count("missed_count"),
        running=fields.texts("running"),
        error=fields.text("error"),
        problems=fields.texts("problems"),
        tags=fields.texts("tags"),
        waiting=fields.instant("waiting"),
        waiting_reason=fields.text("waiting_reason"),
    )


def read_details(dictionary: Mapping[str, Variant]) -> JobDetails:
    """Read the answer of GetJob."""
    fields = Fields(dictionary)
    return JobDetails(
        job=read_job(dictionary),
        slots=fields.instants("slots"),
        notes=fields.texts("notes"),
        environment=fields.texts("environment"),
        working_directory=fields.text("working_directory"),
        arguments=fields.texts("arguments"),
        timeout=fields.number("timeout") or None,
        policies=Policies(
            priority=fields.text("priority"),
            dst=fields.text("dst"),
            missed=fields.values("missed"),
            when=fields.values("when"),
            wake=fields.values("wake"),
            on_sleep=fields.values("on_sleep"),
        ),
    )


def read_execution(dictionary: Mapping[str, Variant]) -> ExecutionRecord:
    """Read one element of the answer of GetHistory."""
    fields = Fields(dictionary)
    return ExecutionRecord(
        execution_id=fields.text("execution_id"),
        job=fields.text("job"),
        slot=fields.instant("slot"),
        cause=fields.text("cause"),
        state=fields.text("state"),
        reason=fields.text("reason"),
        attempt=fields.number("attempt") or 1,
        queued_at=fields.instant("queued_at"),
        started_at=fields.instant("started_at"),
        ended_at=fields.instant("ended_at"),
        duration=fields.number("duration"),
        late=fields.number("late"),
        exit_status=fields.number("exit_status"),
        signal=fields.number("signal"),
        requested_by=fields.text("requested_by"),
        log=fields.text("log"),
        pid=fields.number("pid") or None,
    )


def read_reload(dictionary: Mapping[str, Variant]) -> ReloadRecord:
    """Read the result of Reload."""
    fields = Fields(dictionary)
    return ReloadRecord(
        added=fields.texts("added"),
        removed=fields.texts("removed"),
        changed=fields.texts("changed"),
        problems=fields.texts("problems"),
    )


def read_health(dictionary: Mapping[str, Variant]) -> HealthRecord:
    """Read the answer of Health."""
    fields = Fields(dictionary)
    return HealthRecord(
        healthy=fields.flag("healthy", default=False),
        message=fields.text("message"),
        checks=fields.flags("checks"),
        uptime=fields.count("uptime"),
        job_count=fields.count("job_count"),
        running_count=fields.count("running_count"),
        failing_jobs=fields.texts("failing_jobs"),
        problems=fields.texts("problems"),
        next_job=fields.text("next_job"),
        next_run=fields.instant("next_run"),
        last_execution=fields.text("last_execution"),
        total_executions=fields.count("total_executions"),
        succeeded=fields.count("succeeded"),
        failed=fields.count("failed"),
    )


def read_daemon(dictionary: Mapping[str, Variant]) -> DaemonRecord:
    """Read the properties of the Manager."""
    fields = Fields(dictionary)
    return DaemonRecord(
        version=fields.text("Version"),
        enabled=fields.flag("Enabled", default=True),
        timezone=fields.text("Timezone"),
        configuration_file=fields.text("ConfigurationFile"),
        state_directory=fields.text("StateDirectory"),
        started_at=fields.instant("StartedAt"),
        job_count=fields.count("JobCount"),
        running_count=fields.count("RunningCount"),
    )


def read_power(dictionary: Mapping[str, Variant]) -> PowerRecord:
    """Read the properties of the power object."""
    fields = Fields(dictionary)
    return PowerRecord(
        preparing_for_sleep=fields.flag("PreparingForSleep", default=False),
        wake_count=fields.count("WakeCount"),
        last_wake=fields.instant("LastWake"),
        last_nap=fields.count("LastNap"),
        wake_at=fields.instant("WakeAt"),
        wake_job=fields.text("WakeJob"),
        holds=fields.texts("Holds"),
        missing=fields.sentences("Missing"),
    )


def read_period(dictionary: Mapping[str, Variant]) -> PeriodRecord:
    """Read one element of the answer of ListPeriods."""
    fields = Fields(dictionary)
    return PeriodRecord(
        kind=fields.text("kind"),
        since=fields.count("since"),
        until=fields.count("until"),
        asleep=fields.number("asleep"),
        step=fields.number("step"),
        source=fields.text("source"),
    )


def read_explanation(dictionary: Mapping[str, Variant]) -> ExplanationRecord:
    """Read the answer of Explain."""
    fields = Fields(dictionary)
    return ExplanationRecord(
        job=fields.text("job"),
        slot=fields.instant("slot"),
        state=fields.text("state"),
        reason=fields.text("reason"),
        text=fields.text("text"),
        obstacles=fields.texts("obstacles"),
        execution_id=fields.text("execution_id"),
        execution_state=fields.text("execution_state"),
        first=fields.instant("first"),
        last=fields.instant("last"),
        slot_count=fields.number("count"),
        periods=tuple(map(read_period, fields.dictionaries("periods"))),
    )


def read_clock_changes(
    changes: Iterable[Mapping[str, Variant]], untold: Iterable[str]
) -> ClockChanges:
    """Read the answer of ListClockChanges."""
    return ClockChanges(tuple(map(_read_clock_change, changes)), tuple(untold))


def _read_clock_change(dictionary: Mapping[str, Variant]) -> ClockChangeRecord:
    fields = Fields(dictionary)
    return ClockChangeRecord(
        job=fields.text("job"),
        at=fields.count("at"),
        before=fields.count("before"),
        after=fields.count("after"),
        kind=fields.text("kind"),
        effect=fields.text("effect"),
        time_count=fields.count("count"),
        times=fields.texts("times"),
        runs_at=fields.instant("runs_at"),
        text=fields.text("text"),
    )
