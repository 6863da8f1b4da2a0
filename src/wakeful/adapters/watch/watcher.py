"""Reporting to an event loop when the content of files has changed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wakeful.adapters.watch.observed import News, ObservedFile
from wakeful.adapters.watch.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Mapping

Changed = Callable[[bytes | None], Awaitable[None]]
"""Takes the new content, or None when the file is gone."""

STOP_SECONDS: Final = 1.0
"""How long to wait for the thread: only a hanging network file system can hold it that long."""

logger = logging.getLogger(__name__)


class FileWatcher:
    """Watches the content of a few files, all with one thread and one wake-up each second.

    A callback is called on the event loop with the new content of its file once that differs
    from what was last reported to it or acknowledged; before the first of either, a file counts as
    absent. So a daemon reads its files, acknowledges what it read, starts the watcher, and misses
    nothing in between. Changes that leave the content the same are not reported, however the file
    was written, renamed, linked or created again. The callbacks of one file never overlap; while
    one runs, only the newest content waits for the next.

    Latencies, on a quiet machine: a complete content is reported within 0.95 s; an absence, or a
    content that is not complete, once it has lasted another 0.3 s; on a network file system, where
    the kernel does not see other writers, a change is noticed within 2 s; after an ancestor of the
    directory of the file was renamed, within 11 s.

    The watcher survives everything that happens to the files; what it cannot do, it logs.
    """

    def __init__(
        self,
        files: Mapping[Path, Changed],
        *,
        complete: Callable[[bytes], bool] = bool,
        on_error: Callable[[Path, str], None] | None = None,
        mountinfo: Path = Path("/proc/self/mountinfo"),
    ) -> None:
        """Name the files; neither they nor their directories need to exist.

        Args:
            files: Callbacks by path. What a callback raises is logged.
            complete: Whether a content is whole, so that it can be reported without waiting
                whether more is written; by default, whatever is not empty, as an editor may
                empty a file before it writes. Runs in the watcher's thread.
            on_error: Called on the event loop, with a reason for people, when a file cannot be
                read: no permission, not a regular file, larger than 16 MiB. Such a file is not
                reported as changed. Once it can be read, its content is reported even if it is
                the same as before. The error is logged in any case.
            mountinfo: Where the kernel lists what is mounted.
        """
        self._deliveries: Final = {
            path: _Delivery(ObservedFile(path, complete), changed, on_error)
            for path, changed in files.items()
        }
        self._observer: Final = Observer(
            [delivery.file for delivery in self._deliveries.values()],
            report=lambda file, news: self._on_loop(self._deliveries[file.path].put, news),
            armed=lambda: self._on_loop(self._armed.set),
            mountinfo=mountinfo,
        )
        self._armed: Final = asyncio.Event()
        self._ended: Final = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def acknowledge(self, path: Path, content: bytes | None) -> None:
        """Tell what a file contains already, so that it is not reported.

        To be called on the event loop, before `start` with what was read, and right after writing
        with what was written, before anything else is awaited: a look from before is then
        dropped and repeated. A write in another thread can be seen before it is acknowledged;
        then the callback gets what was written.

        Args:
            path: One of the files, named as before.
            content: What the file contains; None if it does not exist.

        Raises:
            KeyError: The path is not one of the files.
        """
        self._deliveries[path].file.acknowledge(content)
        self._observer.nudge()

    async def start(self) -> None:
        """Start watching, for the event loop that runs this. Returns at once.

        Raises:
            RuntimeError: The watcher was started before, or there can be no more threads.
        """
        if self._thread is not None:
            raise RuntimeError("a watcher is started only once")
        self._loop = asyncio.get_running_loop()
        thread = threading.Thread(target=self._run, name="wakeful-watch", daemon=True)
        thread.start()
        self._thread = thread
        self._tasks = [
            self._loop.create_task(delivery.run(), name=f"wakeful-watch {path}")
            for path, delivery in self._deliveries.items()
        ]

    async def stop(self) -> None:
        """Stop watching; a callback that runs is cancelled, unless it is the one that stops.

        Returns once thread and tasks have ended, mostly within milliseconds. When a network file
        system hangs, the thread is left to end with the process after `STOP_SECONDS`.
        """
        self._observer.halt()
        for delivery in self._deliveries.values():
            delivery.stop()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._thread is None:
            return
        try:
            await asyncio.wait_for(self._ended.wait(), STOP_SECONDS)
        except TimeoutError:
            logger.warning("The watched file system does not answer; its thread is left behind")
        else:
            self._thread.join()  # saying that it ends was the last it did

    def _run(self) -> None:
        self._observer.run()
        self._on_loop(self._ended.set)

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            self._observer.halt()  # the loop was closed without stopping the watcher


class _Delivery:
    """Hands the news of one file to its callback, one after the other."""

    def __init__(
        self,
        file: ObservedFile,
        changed: Changed,
        on_error: Callable[[Path, str], None] | None,
    ) -> None:
        self.file: Final = file
        self._changed: Final = changed
        self._on_error: Final = on_error
        self._latest: News | None = None
        self._arrived: Final = asyncio.Event()
        self._stopped = False

    def stop(self) -> None:
        """Deliver nothing more, also after the callback that is under way."""
        self._stopped = True

    def put(self, news: News) -> None:
        """Take news for delivery, in place of what still waits."""
        self._latest = news
        self._arrived.set()

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopped:
            await self._arrived.wait()
            self._arrived.clear()
            news, self._latest = self._latest, None
            # What was acknowledged since is compared anew by the thread.
            if news is None or self.file.is_outdated(news):
                continue
            try:
                await self._deliver(news)
            except Exception:  # not ours; the next change is delivered all the same
                logger.exception("The change of %s could not be handled", self.file.path)

    async def _deliver(self, news: News) -> None:
        if not news.look.problem:
            await self._changed(news.look.content)
            return
        logger.error("Cannot read %s: %s", self.file.path, news.look.problem)
        if self._on_error is not None:
            self._on_error(self.file.path, news.look.problem)
