"""Which object paths exist, the ones in between included."""

from __future__ import annotations


class PathTree:
    """Exported paths and the nodes above them."""

    def __init__(self) -> None:
        self._children: dict[str, set[str]] = {"/": set()}
        self._exported: set[str] = set()

    def __contains__(self, path: object) -> bool:
        return path in self._children

    def add(self, path: str) -> None:
        """Add an exported path."""
        self._exported.add(path)
        self._children.setdefault(path, set())
        while path != "/":
            path, name = _split(path)
            is_linked = path in self._children
            self._children.setdefault(path, set()).add(name)
            if is_linked:
                return

    def remove(self, path: str) -> None:
        """Remove an exported path and what was there only because of it."""
        self._exported.discard(path)
        while path != "/" and path not in self._exported and not self._children.get(path):
            self._children.pop(path, None)
            path, name = _split(path)
            self._children.get(path, set()).discard(name)

    def children(self, path: str) -> list[str]:
        """Return the names directly below a path, sorted."""
        return sorted(self._children.get(path, ()))


def _split(path: str) -> tuple[str, str]:
    """Split a path other than the root into its parent and its own name."""
    parent, _, name = path.rpartition("/")
    return parent or "/", name
