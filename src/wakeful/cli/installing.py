"""``wakeful install-user`` and ``wakeful uninstall-user``: the service of one user."""

from __future__ import annotations

import click

from wakeful.installation import install_user, uninstall_user


@click.command("install-user")
def install() -> None:
    """Install the service of this user: its unit and its bus activation."""
    for message in install_user():
        click.echo(message)


@click.command("uninstall-user")
def uninstall() -> None:
    """Remove what 'wakeful install-user' installed; configuration and state stay."""
    for message in uninstall_user():
        click.echo(message)
