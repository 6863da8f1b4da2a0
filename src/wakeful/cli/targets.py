"""Targets: what a person means by one word, an execution or a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wakeful.client.records import HistoryRequest
from wakeful.core.errors import NoSuchExecutionError, NoSuchJobError
from wakeful.core.names import is_execution_identifier
from wakeful.core.problem import nearest

if TYPE_CHECKING:
    from wakeful.client.records import ExecutionRecord, JobRecord
    from wakeful.client.scheduler import SchedulerClient
    from wakeful.core.instant import Instant

SHORTEST_PREFIX: Final = 6
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS: Final = 5
_TIME_LETTERS: Final = 10
_MILLISECOND: Final = 1000


async def running_executions(
    client: SchedulerClient, word: str
) -> tuple[JobRecord | None, list[str]]:
    """Find what a request to stop is about.

    Returns:
        The job, if the word names one, and the identifiers of executions.

    Raises:
        NoSuchExecutionError: The word names neither a job nor an execution.
    """
    if is_execution_identifier(word.lower()):
        execution = await _execution(client, word.lower())
        if execution is not None:
            return None, [execution.execution_id]
    try:
        job = (await client.get_job(word)).job
    except NoSuchJobError:
        execution = await _abbreviated(client, word)
    else:
        return job, list(job.running)
    if execution is None:
        raise await _nothing(client, word)
    return None, [execution.execution_id]


async def one_execution(client: SchedulerClient, word: str) -> ExecutionRecord:
    """Find an execution by its identifier, the beginning of one, or as the latest of a job.

    Raises:
        NoSuchExecutionError: There is none; the text says what is missing.
    """
    if is_execution_identifier(word.lower()):
        execution = await _execution(client, word.lower())
        if execution is not None:
            return execution
    latest = await _history(client, HistoryRequest(job=word, limit=1))
    if latest:
        return latest[0]
    execution = await _abbreviated(client, word)
    if execution is not None:
        return execution
    if word in [job.name for job in await client.list_jobs()]:
        raise NoSuchExecutionError(f"the job '{word}' has not run yet")
    raise await _nothing(client, word)


def born_between(prefix: str) -> tuple[Instant, Instant]:
    """Give the span of time in which executions were born whose identifiers begin like this.

    Identifiers begin with the milliseconds of their birth, five bits in a letter.
    """
    known = prefix[:_TIME_LETTERS]
    value = 0
    for letter in known:
        value = value << _BITS | _ALPHABET.index(letter)
    open_bits = _BITS * (_TIME_LETTERS - len(known))
    first = value << open_bits
    return first * _MILLISECOND, (first + (1 << open_bits)) * _MILLISECOND


async def _execution(client: SchedulerClient, identifier: str) -> ExecutionRecord | None:
    try:
        return await client.execution(identifier)
    except NoSuchExecutionError:
        return None


async def _history(client: SchedulerClient, request: HistoryRequest) -> list[ExecutionRecord]:
    try:
        return await client.history(request)
    except NoSuchJobError:
        return []


async def _abbreviated(client: SchedulerClient, word: str) -> ExecutionRecord | None:
    """Find the one execution whose identifier begins like this; None if there is none."""
    prefix = word.lower()
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set(_ALPHABET):
        return None
    since, until = born_between(prefix)
    born = await _history(client, HistoryRequest(since=since, until=until))
    found = [one for one in born if one.execution_id.startswith(prefix)]
    if len(found) > 1:
        raise NoSuchExecutionError(
            f"'{word}' begins {len(found)} identifiers,"
            f" {found[0].execution_id} and {found[1].execution_id} among them",
            hint="give more letters",
        )
    return found[0] if found else None


async def _nothing(client: SchedulerClient, word: str) -> NoSuchExecutionError:
    names = [job.name for job in await client.list_jobs()]
    return NoSuchExecutionError(
        f"there is no job or execution '{word}'", hint=nearest(word, names).rstrip("?")
    )
