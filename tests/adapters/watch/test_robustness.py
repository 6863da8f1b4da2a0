"""Trouble, starting and stopping, and the price."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from wakeful.adapters.watch import FileWatcher, observer, sources

OLD = b'{"jobs": []}'
NEW = b'{"jobs": [1]}'
PLENTY = 8.0  # seconds


async def test_a_renamed_ancestor_is_found_by_comparing(tmp_path, monkeypatch, watch):
    monkeypatch.setattr(sources.DirectoryEvents, "interval", 0.2)
    config = tmp_path / "a" / "b" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_bytes(OLD)
    async with watch(config) as watched:
        (tmp_path / "a").rename(tmp_path / "z")
        assert await watched.next() is None
        config.parent.mkdir(parents=True)
        config.write_bytes(NEW)
        assert await watched.next() == NEW


LIMITED = """
import asyncio, logging, sys
from pathlib import Path
from wakeful.adapters.watch import FileWatcher, observer, sources

async def main(config, limit):
    limit.write_text("0")
    observer.RETRY_SECONDS, observer.TICK_SECONDS, sources.TICK_SECONDS = 0.5, 0.1, 0.1
    news = asyncio.Queue()
    watcher = FileWatcher({config: news.put})
    await watcher.start()
    async with asyncio.timeout(20):
        for number in (1, 2, 3):
            config.write_text(f"[{number}]")
            print((await news.get()).decode())
        limit.write_text("100")
        while watcher._observer._complained:
            await asyncio.sleep(0.1)
        config.write_text("[4]")
        print((await news.get()).decode())
    await watcher.stop()

logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_without_watches_left_it_says_so_once_compares_and_recovers(config, limit):
    namespace = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces, in which alone a limit can be set")
    ran = subprocess.run(
        [*namespace, sys.executable, "-c", LIMITED, config, f"/proc/sys/user/{limit}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=40,
    )
    assert ran.stdout.split() == ["[1]", "[2]", "[3]", "[4]"], ran.stderr
    errors = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 1
    assert "fs.inotify.max_user_watches" in errors[0]
    assert "again" in ran.stderr


async def test_an_unexpected_failure_is_logged_once_and_survived(
    config, monkeypatch, caplog, watch
):
    failures = iter([ZeroDivisionError("x"), ZeroDivisionError("x")])
    real = observer.is_remote

    def fail_twice(*arguments):
        if failure := next(failures, None):
            raise failure
        return real(*arguments)

    monkeypatch.setattr(observer, "is_remote", fail_twice)
    monkeypatch.setattr(observer, "TICK_SECONDS", watch.tick)
    async with watch(config) as watched:
        config.write_bytes(NEW)
        assert await watched.next() == NEW
    assert caplog.text.count("Watching files failed") == 1


# Starting and stopping ---------------------------------------------------------------------------


@pytest.mark.usefixtures("unhurried")
async def test_stopping_is_immediate_and_leaves_nothing_behind(config, watch):
    def threads():
        return sum(1 for _ in Path("/proc/self/task").iterdir())

    before = threads()
    tasks = asyncio.all_tasks()
    async with watch(config):
        started = time.monotonic()
    assert time.monotonic() - started < 0.5
    assert asyncio.all_tasks() == tasks
    for _ in range(100):  # the thread of watchfiles ends a moment later
        if threads() <= before:
            break
        await asyncio.sleep(0.01)
    assert threads() <= before


async def test_stopping_cancels_a_callback_and_may_be_done_before_the_start_and_twice(config):
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(_found):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    watcher = FileWatcher({config: hang})
    await watcher.stop()
    watcher = FileWatcher({config: hang})
    await watcher.start()
    async with asyncio.timeout(PLENTY):
        await begun.wait()
        await watcher.stop()
    assert cancelled.is_set()
    await watcher.stop()


async def test_a_callback_may_stop_the_watcher(config):
    stopped = asyncio.Event()

    async def stop(_found):
        await watcher.stop()
        stopped.set()

    watcher = FileWatcher({config: stop})
    await watcher.start()
    async with asyncio.timeout(PLENTY):
        await stopped.wait()


async def test_a_file_system_that_hangs_does_not_hold_up_the_stop(config, monkeypatch, caplog):
    monkeypatch.setattr("wakeful.adapters.watch.watcher.STOP_SECONDS", 0.1)
    hanging, release = threading.Event(), threading.Event()

    def hang(_content):
        hanging.set()
        return release.wait(PLENTY)

    watcher = FileWatcher({config: asyncio.sleep}, complete=hang)
    await watcher.start()
    await asyncio.to_thread(hanging.wait, PLENTY)
    await watcher.stop()
    assert "does not answer" in caplog.text
    release.set()
    watcher._thread.join(PLENTY)
    assert not watcher._thread.is_alive()


@pytest.mark.may_leave("task")
def test_a_loop_closed_without_stopping_ends_the_thread(config):
    async def forget():
        await watcher.start()
        await watcher._armed.wait()

    watcher = FileWatcher({config: asyncio.sleep})
    watcher.acknowledge(config, OLD)
    asyncio.run(forget())
    config.write_bytes(NEW)
    watcher._thread.join(PLENTY)
    assert not watcher._thread.is_alive()


async def test_a_watcher_starts_once(config, watch):
    async with watch(config) as watched:
        with pytest.raises(RuntimeError):
            await watched.watcher.start()


def test_watchfiles_is_not_imported_before_the_start():
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from wakeful.adapters.watch import FileWatcher
        FileWatcher({Path("x"): print})
        assert "watchfiles" not in sys.modules
    """)
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.usefixtures("unhurried")
async def test_idle_costs_at_most_64_wake_ups_a_minute(config, watch):
    def wake_ups():
        (thread,) = (each for each in threading.enumerate() if each.name == "wakeful-watch")
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
        return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])

    async with watch(config):
        await asyncio.sleep(0.1)
        before = wake_ups()
        await asyncio.sleep(2 * sources.TICK_SECONDS)
        assert wake_ups() - before <= 3
    assert 60 / sources.TICK_SECONDS <= 64
