"""Registries: kinds, notifiers and bus faces are found by name, and loaded when first used.

What ships with Wakeful is found by the file it lives in: module ``command`` of the package
``wakeful.kinds`` is the kind ``command``. Others add theirs as an entry point in a group of
the package's name. Either way it is a class, or a module attribute, that is called without
arguments.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from wakeful.core.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.metadata import EntryPoint

Thing = TypeVar("Thing")
_OUR_GROUPS = b"[wakeful."


@cache
def _entry_points() -> Mapping[str, Sequence[EntryPoint]]:
    """Read what all installed distributions add, by group; once, for all registries."""
    found: dict[str, list[EntryPoint]] = {}
    if not any(map(_may_add, pkgutil.iter_importers())):
        return found
    import importlib.metadata  # noqa: PLC0415 - it takes longer than all we look for

    for distribution in importlib.metadata.distributions():
        for point in distribution.entry_points:
            found.setdefault(point.group, []).append(point)
    return found


def _may_add(importer: object) -> bool:
    """Say whether something installed in one place of ``sys.path`` may add anything to us."""
    place = getattr(importer, "path", None)
    if place is None:
        return hasattr(importer, "archive")  # which is not for us to read
    installed: list[Path] = []
    with contextlib.suppress(OSError):
        installed = [one for one in Path(place).iterdir() if one.name.lower().endswith("-info")]
    for one in installed:
        with contextlib.suppress(OSError):
            if _OUR_GROUPS in (one / "entry_points.txt").read_bytes():
                return True
    return False


class Registry(Generic[Thing]):
    """All implementations of one port, by name.

    Args:
        package: The package whose modules each hold one, under the name ``attribute``.
        attribute: What to take from the module.
    """

    def __init__(self, package: str, attribute: str) -> None:
        self._package = package
        self._attribute = attribute
        self._loaded: dict[str, Thing] = {}

    @cached_property
    def _built_in(self) -> frozenset[str]:
        package = importlib.import_module(self._package)
        return frozenset(
            module.name
            for module in pkgutil.iter_modules(package.__path__)
            if not module.name.startswith("_")
        )

    @cached_property
    def _added(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in _entry_points().get(self._package, ())}

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._built_in | self._added.keys()

    def names(self) -> frozenset[str]:
        """Give the names of all there are, without loading any."""
        return self._names

    def is_built_in(self, name: str) -> bool:
        """Say whether one of that name ships with Wakeful."""
        return name in self._built_in

    def get(self, name: str) -> Thing:
        """Load one, the first time, and give it.

        Raises:
            UnavailableError: There is none of that name, or it cannot be loaded.
        """
        thing = self._loaded.get(name)
        if thing is None:
            thing = self._loaded[name] = self._load(name)
        return thing

    def _load(self, name: str) -> Thing:
        try:
            if name in self._built_in:
                module = importlib.import_module(f"{self._package}.{name.replace('-', '_')}")
                factory = getattr(module, self._attribute)
            elif name in self._added:
                factory = self._added[name].load()
            else:
                raise UnavailableError(f"there is no {name!r} in {self._package}")
        except (ImportError, AttributeError) as error:
            raise UnavailableError(
                f"{name!r} of {self._package} cannot be loaded: {error}",
                hint="is the extra it belongs to installed?",
            ) from error
        return cast("Callable[[], Thing]", factory)()
