"""``wakeful install-user`` and ``wakeful uninstall-user``: the service of one user."""

from __future__ import annotations

import click

from wakeful.installation import install_user, uninstall_user

_force = click.option("--force", is_flag=True, help="Also files that were edited since.")


@click.command("install-user")
@click.option("--now", is_flag=True, help="Start the service as well, now and at every login.")
@_force
def install(*, now: bool, force: bool) -> None:
    """Install the service of this user: its unit, its bus activation, a first configuration.

    Doing it again brings what is installed up to date.
    """
    for message in install_user(now=now, force=force):
        click.echo(message)


@click.command("uninstall-user")
@_force
def uninstall(*, force: bool) -> None:
    """Stop the service of this user, and remove what 'wakeful install-user' wrote.

    Configuration and state stay.
    """
    for message in uninstall_user(force=force):
        click.echo(message)
