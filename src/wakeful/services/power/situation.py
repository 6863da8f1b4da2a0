"""The situation: what a decision on slots has to know of the machine at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wakeful.core.facts import Facts
from wakeful.core.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wakeful.core.facts import JobFacts
    from wakeful.core.instant import Instant
    from wakeful.core.plan import Reason
    from wakeful.services.power.conductor import Conductor
    from wakeful.services.power.logbook import Logbook
    from wakeful.services.power.sleep_watch import SleepWatch

_UNASKED = Surroundings()


class Situation:
    """Gathers the facts of the machine for those of jobs.

    Args:
        sleep_watch: Knows whether the machine is about to sleep.
        conductor: Knows what may be made up for.
        logbook: Knows when it slept.
        surroundings: Says what is known of power, network and use; asked only where a job has
            conditions.

    Attributes:
        blind: Whether nobody has had the time yet to find out about the surroundings.
    """

    def __init__(
        self,
        *,
        sleep_watch: SleepWatch,
        conductor: Conductor,
        logbook: Logbook,
        surroundings: Callable[[], Surroundings],
    ) -> None:
        self._sleep_watch = sleep_watch
        self._conductor = conductor
        self._logbook = logbook
        self._surroundings = surroundings
        self.blind = True

    def look(self) -> None:
        """Notice what the clocks tell; before the time is asked for."""
        self._sleep_watch.look()

    def facts(
        self,
        now: Instant,
        jobs: Mapping[str, JobFacts],
        *,
        absence: Reason,
        stopping: bool,
        in_spite_of_gate: bool = False,
    ) -> Facts:
        """Put the facts together.

        Args:
            now: The instant of decision.
            jobs: What is known of the jobs to be decided on.
            absence: Why slots passed of which nothing else is known.
            stopping: Whether the daemon takes on no more.
            in_spite_of_gate: Whether the jobs may start although the machine is about to sleep.
        """
        asked = any(job.conditions is not None for job in jobs.values())
        return Facts(
            now=now,
            absence=absence,
            stopping=stopping,
            gate="" if in_spite_of_gate else self._sleep_watch.gate,
            settling=self._conductor.settling,
            room=self._conductor.room,
            ledger=self._logbook.ledger,
            surroundings=self._surroundings() if asked and not self.blind else _UNASKED,
            blind=self.blind,
            jobs=jobs,
        )
