"""The bulletin: tells everybody who wants to know what happened, in the order it happened."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.core.event import Event

    Reader = Callable[[Event], None]

_log = logging.getLogger(__name__)


class Bulletin:
    """Hands each event to each reader, at once.

    Readers must return at once; one that fails is logged and harms nobody else.
    """

    def __init__(self) -> None:
        self._readers: list[Reader] = []

    def subscribe(self, reader: Reader) -> Callable[[], None]:
        """Add a reader, after those there are; the result takes it away again."""
        self._readers.append(reader)
        return lambda: self._readers.remove(reader)

    def publish(self, event: Event) -> None:
        """Tell everybody."""
        for reader in tuple(self._readers):
            try:
                reader(event)
            except Exception:  # noqa: BLE001 - a reader is a side show
                _log.exception("a reader of events failed on %s", type(event).__name__)
