"""``wakeful reload``: the configuration of the running scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wakeful.cli.documents import print_document
from wakeful.cli.session import ask
from wakeful.cli.settings import Settings, json_option, note
from wakeful.cli.watching import reload_text

if TYPE_CHECKING:
    from wakeful.client.records import ReloadRecord
    from wakeful.client.scheduler import SchedulerClient


@click.command("reload")
@json_option
@click.pass_obj
def reload_configuration(settings: Settings) -> None:
    """Read the configuration now; exit 1 if it cannot be put in force."""

    async def question(client: SchedulerClient) -> ReloadRecord:
        return await client.reload()

    result = ask(settings, question)
    if settings.json:
        print_document(
            {
                "added": list(result.added),
                "removed": list(result.removed),
                "changed": list(result.changed),
                "problems": list(result.problems),
            }
        )
    else:
        note(f"The configuration is in force: {reload_text(result)}.")
        for problem in result.problems:
            note(problem)
