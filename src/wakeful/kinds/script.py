"""Kind ``script``: a file, run by itself if it can be, else by the interpreter for its suffix."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from wakeful.core.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    from wakeful.core.file import FileFacts
    from wakeful.services.ports import KindContext

INTERPRETERS = {".sh": "sh", ".bash": "bash", ".py": "python3", ".js": "node"}
_ELF = b"\x7fELF"
_SHEBANG = b"#!"


class Options(BaseModel):
    """The keys of this kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    script: Annotated[
        str,
        Field(
            min_length=1,
            pattern=r"^[^\x00]*$",
            description="The file: absolute, from the home directory (~), or from the folder of"
            " the configuration.",
            examples=["~/bin/backup.sh"],
        ),
    ]
    args: Annotated[
        list[Annotated[str, Field(pattern=r"^[^\x00]*$")]],
        Field(description="Its arguments."),
    ] = Field(default_factory=list)


class Script:
    """A script file."""

    key = "script"
    options = Options

    def check(self, options: Options, place: KindContext) -> Launch | None:
        """Find the file and what runs it."""
        path = place.resolve(options.script)
        facts = place.file(path)
        if not facts.exists:
            place.problem("script", f"there is no file {path}")
            return None
        if not facts.is_file:
            place.problem("script", f"{path} is not a file")
            return None
        if not facts.readable:
            place.problem("script", f"{path} may not be read")
            return None
        prefix = self._interpreter(path, facts, place)
        return None if prefix is None else Launch(arguments=(*prefix, str(path), *options.args))

    def _interpreter(
        self, path: Path, facts: FileFacts, place: KindContext
    ) -> tuple[str, ...] | None:
        head, executable = facts.first_line, facts.executable
        if executable and head.startswith((_SHEBANG, _ELF)):
            return ()
        if not executable and head.startswith(_SHEBANG):
            return self._from_shebang(path, head, place)
        name = INTERPRETERS.get(path.suffix.lower())
        if name is None:
            place.problem(
                "script",
                f"nothing tells what runs {path}",
                hint="make it executable with a first line such as #!/bin/sh, or give it a"
                f" suffix: {', '.join(INTERPRETERS)}",
            )
            return None
        return self._program(name, path, place)

    def _from_shebang(self, path: Path, head: bytes, place: KindContext) -> tuple[str, ...] | None:
        """Read the first line as the kernel would, for a file that is not executable."""
        words = os.fsdecode(head[len(_SHEBANG) :]).strip().split(None, 1)
        if not words:
            place.problem("script", f"the first line of {path} names no interpreter")
            return None
        interpreter = self._program(words[0], path, place)
        return (*interpreter, *words[1:])

    @staticmethod
    def _program(name: str, path: Path, place: KindContext) -> tuple[str, ...]:
        found = place.program(name)
        if found is None:
            place.problem(
                "script",
                f"{path} needs '{name}', which is not there now",
                hint="runs of the job fail as long as it is not installed",
                warning=True,
            )
        return (found or name,)


KIND = Script
