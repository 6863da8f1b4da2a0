"""Kind ``command``: a program and its arguments, as a list; no shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from wakeful.core.launch import Launch

if TYPE_CHECKING:
    from wakeful.services.ports import KindContext


class Options(BaseModel):
    """The keys of this kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    command: Annotated[
        list[Annotated[str, Field(pattern=r"^[^\x00]*$")]],
        Field(
            min_length=1,
            description="The program and its arguments; nothing in them is special.",
            examples=[["find", "/tmp", "-mtime", "+7", "-delete"]],  # noqa: S108 - an example
        ),
    ]


class Command:
    """A program and its arguments."""

    key = "command"
    options = Options

    def check(self, options: Options, place: KindContext) -> Launch | None:
        """Look the program up, so that a mistake shows when it is written and not at night."""
        program, *arguments = options.command
        if not program:
            place.problem("command[0]", "the name of the program is empty")
            return None
        found = place.program(program)
        if found is None:
            place.problem(
                "command[0]",
                f"there is no program '{program}' now",
                hint="runs of the job fail as long as it is not there",
                warning=True,
            )
        return Launch(arguments=(found or program, *arguments))


KIND = Command
