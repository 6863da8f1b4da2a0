"""Switches that somebody set by editing ``state.json``, while we ran or while we did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ExternalToggles:
    """What was set.

    Attributes:
        jobs: By name.
        scheduler: The whole scheduler; None if it was not touched.
    """

    jobs: Mapping[str, bool]
    scheduler: bool | None


def find_external_toggles(document: Mapping[str, object]) -> ExternalToggles:
    """Find the switches in ``state.json`` that are not as we wrote them.

    Beside what is in force (``enabled``) we write what is configured (``default_enabled``) and
    what was toggled (``override``). Where these do not agree, or are not there, somebody else
    set ``enabled``.
    """
    listed = document.get("jobs")
    jobs = {
        str(job.get("name")): set_to
        for job in (listed if isinstance(listed, list) else [])
        if isinstance(job, dict) and (set_to := _set_to(job)) is not None
    }
    return ExternalToggles(jobs, _set_to(document))


def _set_to(switch: Mapping[str, object]) -> bool | None:
    enabled = switch.get("enabled")
    if not isinstance(enabled, bool):
        return None
    override = switch.get("override")
    ours = override if isinstance(override, bool) else switch.get("default_enabled")
    return None if ours == enabled else enabled


def overrides_in(document: Mapping[str, object]) -> ExternalToggles:
    """Give the toggles that we wrote ourselves, for the case that the database is gone."""
    listed = document.get("jobs")
    jobs = {
        str(job.get("name")): job["override"]
        for job in (listed if isinstance(listed, list) else [])
        if isinstance(job, dict) and isinstance(job.get("override"), bool)
    }
    override = document.get("override")
    return ExternalToggles(jobs, override if isinstance(override, bool) else None)


def toggles_at_start(
    document: Mapping[str, object] | None, *, database_is_new: bool
) -> ExternalToggles:
    """Give the switches in ``state.json`` that the database does not know of."""
    if document is None:
        return ExternalToggles({}, None)
    made_elsewhere = find_external_toggles(document)
    if not database_is_new:
        return made_elsewhere
    ours = overrides_in(document)
    scheduler = made_elsewhere.scheduler
    return ExternalToggles(
        {**ours.jobs, **made_elsewhere.jobs}, ours.scheduler if scheduler is None else scheduler
    )
