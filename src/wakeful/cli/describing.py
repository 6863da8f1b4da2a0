"""``wakeful schema``: what a configuration may contain."""

from __future__ import annotations

import click

from wakeful.cli.documents import print_document
from wakeful.config.schema import json_schema


@click.command("schema")
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    print_document(json_schema())
