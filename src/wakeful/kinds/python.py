"""Kind ``python``: a Python file, or a function of a module, in an interpreter of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from wakeful.core.launch import Launch

if TYPE_CHECKING:
    from wakeful.services.ports import KindContext

_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
ENTRY = Path(__file__).parent / "_python_entry.py"


class Options(BaseModel):
    """The keys of this kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    python: Annotated[
        str,
        Field(
            min_length=1,
            pattern=r"^[^\x00]*$",
            description="A Python file (found like a script), or module:function.",
            examples=["scripts/check.py", "reports.weekly:main"],
        ),
    ]
    args: Annotated[
        list[Annotated[str, Field(pattern=r"^[^\x00]*$")]],
        Field(description="Arguments of the file; in sys.argv for a function."),
    ] = Field(default_factory=list)
    interpreter: Annotated[
        str | None,
        Field(min_length=1, description="The Python to use; else the one the daemon runs on."),
    ] = None


class Python:
    """A Python file or function."""

    key = "python"
    options = Options

    def check(self, options: Options, place: KindContext) -> Launch | None:
        """Find the file; a function is found when it runs, for importing it runs its code."""
        interpreter = self._interpreter(options, place)
        if _FUNCTION.fullmatch(options.python):
            arguments = (interpreter, "-u", str(ENTRY), options.python, *options.args)
            return Launch(arguments=arguments)
        path = place.resolve(options.python)
        if not place.file(path).is_file:
            place.problem("python", f"there is no file {path}")
            return None
        return Launch(arguments=(interpreter, "-u", str(path), *options.args))

    @staticmethod
    def _interpreter(options: Options, place: KindContext) -> str:
        if options.interpreter is None:
            return sys.executable
        found = place.program(options.interpreter)
        if found is None:
            place.problem(
                "interpreter",
                f"there is no program '{options.interpreter}' now",
                hint="runs of the job fail as long as it is not there",
                warning=True,
            )
        return found or options.interpreter


KIND = Python
