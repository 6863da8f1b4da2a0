"""One observed file: what is known of it, and when a look at it is worth reporting."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wakeful.adapters.watch.content import Look, fingerprint, look_at, mark_of
from wakeful.adapters.watch.trail import Trail, follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTLE_SECONDS: Final = 0.3
"""How long an absence or an incomplete content must last to be believed."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """A look that is to be reported, and the number of acknowledgements it knew of."""

    look: Look
    acknowledged: int


class ObservedFile:
    """Decides, look by look, what is new.

    `acknowledge` and `is_outdated` may be called from any thread, the rest only from the
    thread that watches.
    """

    def __init__(self, path: Path, complete: Callable[[bytes], bool]) -> None:
        self.path: Final = path
        self.trail = Trail(frozenset(), frozenset())
        """The way to the file, as of the last `follow_again`."""
        self.due: float | None = None
        """When the next look is needed to settle something, by the monotonic clock."""
        self._complete: Final = complete
        self._lock: Final = threading.Lock()
        self._known = mark_of(None)
        self._acknowledged = 0
        self._look_anyway = True
        self._candidate: str | None = None
        self._fingerprint: tuple[int, ...] | None = None

    def acknowledge(self, content: bytes | None) -> None:
        """Take a content as known, and compare the file with it at the next occasion."""
        with self._lock:
            self._known = mark_of(content)
            self._acknowledged += 1
            self._look_anyway = True

    def is_outdated(self, news: News) -> bool:
        """Tell whether something was acknowledged after the look behind the news."""
        with self._lock:
            return news.acknowledged != self._acknowledged

    def follow_again(self) -> bool:
        """Walk to the file anew; tell whether the way has changed."""
        before, self.trail = self.trail, follow(self.path)
        return before != self.trail

    def needs_look(self, touched: frozenset[str]) -> bool:
        """Tell whether to examine the file, after changes to these paths or, if none, a pause."""
        if self._look_anyway or (self.due is not None and time.monotonic() >= self.due):
            return True
        if touched:
            return not touched.isdisjoint(self.trail.names)
        return self._fingerprint is None or self._fingerprint != fingerprint(self.path)

    def examine(self) -> News | None:
        """Look at the file and tell what is new, as soon as it can be believed."""
        with self._lock:
            self._look_anyway = False
            known, acknowledged = self._known, self._acknowledged
        # Taken before reading, so that a change in between shows in the next comparison.
        self._fingerprint = fingerprint(self.path)
        look = look_at(self.path)
        mark = look.mark
        if mark == known:
            self._candidate = self.due = None
            return None
        if not self._is_complete(look) and not self._has_settled(mark):
            return None
        self._candidate = self.due = None
        with self._lock:
            if self._acknowledged != acknowledged:
                self._look_anyway = True  # what was read may be older than what was acknowledged
                return None
            self._known = mark
        return News(look, acknowledged)

    def _has_settled(self, mark: str) -> bool:
        now = time.monotonic()
        if self._candidate != mark or self.due is None:
            self._candidate, self.due = mark, now + SETTLE_SECONDS
        return now >= self.due

    def _is_complete(self, look: Look) -> bool:
        if look.content is None or look.torn:
            return False
        try:
            return self._complete(look.content)
        except Exception:  # not ours; a content that cannot be judged is waited for
            logger.exception("Cannot tell whether %s is complete", self.path)
            return False
