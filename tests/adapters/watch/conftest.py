"""The real watcher on the real file system; only the pace is faster in most tests."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from wakeful.adapters.watch import FileWatcher, sources

if TYPE_CHECKING:
    from pathlib import Path

QUICK_TICK = 0.05
PLENTY = 8.0  # seconds; less than the comparison that happens even without events


class Watched:
    """A started watcher of some files, with what it reported."""

    tick = QUICK_TICK

    def __init__(self, *paths: Path, **options):
        self.news: asyncio.Queue[tuple[str, bytes | None]] = asyncio.Queue()
        self.errors: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.watcher = FileWatcher(
            {path: self._noting(path.name) for path in paths},
            on_error=lambda path, text: self.errors.put_nowait((path.name, text)),
            **options,
        )
        for path in paths:
            self.watcher.acknowledge(path, path.read_bytes() if path.exists() else None)

    @staticmethod
    def is_json(text):
        try:
            json.loads(text)
        except ValueError:
            return False
        return True

    def _noting(self, name):
        async def note(found):
            await self.news.put((name, found))

        return note

    async def __aenter__(self):
        await self.watcher.start()
        async with asyncio.timeout(PLENTY):
            await self.watcher._armed.wait()
        return self

    async def __aexit__(self, *_):
        await self.watcher.stop()

    async def next(self):
        async with asyncio.timeout(PLENTY):
            return (await self.news.get())[1]

    async def nothing_for(self, seconds):
        await asyncio.sleep(seconds)
        return self.news.empty() and self.errors.empty()


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    if "unhurried" not in request.fixturenames:
        monkeypatch.setattr(sources, "TICK_SECONDS", QUICK_TICK)


@pytest.fixture
def unhurried():
    """Keep the pace of the real thing."""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "etc" / "config.json"
    path.parent.mkdir()
    path.write_bytes(b'{"jobs": []}')
    return path


@pytest.fixture
def watch():
    """Give the class, as test modules cannot import each other."""
    return Watched
