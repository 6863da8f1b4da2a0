from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import textwrap
import time
from xml.etree import ElementTree as ET

import pytest

from fixtures.leaks import Census

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""

HEAD = """
import asyncio, atexit, os, socket, subprocess, threading, time
import pytest, pytest_asyncio
from fixtures import leaks
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

leaks.PATIENCE_SECONDS = 0.25
kept = []

@atexit.register
def kill():
    for child in kept:
        if hasattr(child, "pid"): os.kill(child.pid, 9)
"""

LEAKS = {
    "a_task": (
        """
        async def test_a_task():
            kept.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))
        """,
        "task 'forgotten' of .*sleep",
    ),
    "a_task_of_an_async_fixture": (
        """
        @pytest.fixture
        async def service():
            kept.append(asyncio.create_task(asyncio.Event().wait(), name="forgotten"))
            yield

        async def test_a_task_of_an_async_fixture(service): pass
        """,
        "task 'forgotten' of .*wait",
    ),
    "a_task_that_will_not_be_cancelled": (
        """
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    if asyncio.current_task().cancelling() > 1: raise

        async def test_a_task_that_will_not_be_cancelled():
            kept.append(asyncio.create_task(stubborn()))
            await asyncio.sleep(0)
            kept[-1].cancel()
        """,
        "stubborn.*cancelled but not awaited",
    ),
    "a_task_below_asyncio_run": (
        """
        async def main():
            kept.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))

        def test_a_task_below_asyncio_run(): asyncio.run(main())
        """,
        "task 'forgotten' of .*sleep",
    ),
    "a_child": (
        """
        def test_a_child(): kept.append(subprocess.Popen(["sleep", "60"]))
        """,
        r"child process \d+: sleep 60",
    ),
    "a_child_of_an_async_test": (
        """
        async def test_a_child_of_an_async_test():
            kept.append(await asyncio.create_subprocess_exec("sleep", "61"))
        """,
        r"child process \d+: sleep 61",
    ),
    "a_child_nobody_waits_for": (
        """
        def test_a_child_nobody_waits_for():
            kept.append(subprocess.Popen(["true"]))
            os.waitid(os.P_PID, kept[-1].pid, os.WEXITED | os.WNOWAIT)
        """,
        r"child process \d+: true \(ended, but nobody waited for it\)",
    ),
    "a_file": (
        """
        def test_a_file(): kept.append(open(__file__))
        """,
        r"open file descriptor \d+: .*/test_it.py",
    ),
    "a_descriptor": (
        """
        def test_a_descriptor(): os.pipe()
        """,
        r"open file descriptor \d+: pipe:",
    ),
    "a_second_descriptor_of_the_same": (
        """
        def test_a_second_descriptor_of_the_same(): os.dup(0)
        """,
        r"open file descriptor \d+: /dev/null",
    ),
    "a_socket_in_a_cycle": (
        """
        def test_a_socket_in_a_cycle():
            cycle = [socket.socket()]
            cycle.append(cycle)
        """,
        "closed by garbage collection only: unclosed <socket",
    ),
    "a_thread": (
        """
        def idle(): time.sleep(60)

        def test_a_thread():
            threading.Thread(target=idle, name="idle", daemon=True).start()
        """,
        r"thread 'idle' \(Thread\), now in .*/test_it.py:\d+",
    ),
    "what_a_fixture_does_not_close": (
        """
        @pytest.fixture
        def unclosed(): return os.pipe()

        def test_what_a_fixture_does_not_close(unclosed): pass
        """,
        r"open file descriptor \d+: pipe:",
    ),
    "a_name_on_the_shared_bus": (
        """
        def own(name, connection):
            assert connection.send_and_get_reply(message_bus.RequestName(name, 4)).body == (1,)

        @pytest.fixture(scope="module")
        def connection(private_bus):
            with open_dbus_connection(private_bus) as connection:
                yield connection

        def test_a_name_on_the_shared_bus(connection): own("org.wakeful.Left1", connection)
        """,
        "left on the shared bus by this test: org.wakeful.Left1",
    ),
}

FAILING = """
def test_failing():
    os.pipe()
    assert 0
"""

CLEAN = """
@pytest.fixture(scope="session")
def daemon():
    with subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()

@pytest.fixture(scope="module")
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends: os.close(end)

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server():
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    waiting = asyncio.create_task(asyncio.Event().wait())
    yield server
    server.close()
    waiting.cancel()

@pytest.fixture(scope="module")
def late():
    with open(__file__) as file:
        yield file

async def test_wide_fixtures(daemon, pipe, server): pass

def test_a_wide_fixture_asked_for_late(request):
    request.getfixturevalue("late")

def test_a_thread_about_to_end():
    threading.Timer(0.1, lambda: None).start()

async def test_a_task_about_to_end():
    asyncio.create_task(asyncio.sleep(60)).cancel()

async def test_what_was_waited_for():
    await asyncio.to_thread(time.sleep, 0)
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()

def test_a_cycle_that_closes_what_it_holds():
    class Handle:
        def __init__(self):
            self.ends = os.pipe()
            self.itself = self
        def __del__(self):
            for end in self.ends: os.close(end)
    Handle()

def test_capture(capfd):
    os.write(1, b"x")

def test_a_runner_of_its_own():
    assert asyncio.run(asyncio.sleep(0, 1)) == 1

@pytest.mark.may_leave("task")
def test_a_task_that_is_the_subject():
    asyncio.run(main())

def test_a_name_given_back(private_bus):
    with open_dbus_connection(private_bus) as connection:
        own("org.wakeful.Back1", connection)

def test_a_bus_of_its_own(own_bus):
    own_bus.kill()
"""


@pytest.fixture(scope="module")
def report(request, tmp_path_factory):
    """All of the above in a pytest of its own: the element of each test, and what was printed."""
    folder = tmp_path_factory.mktemp("leaks")
    (folder / "pytest.ini").write_text(SETTINGS)
    leaks = [textwrap.dedent(body) for body, _ in LEAKS.values()]
    (folder / "test_it.py").write_text("\n".join([HEAD, *leaks, FAILING, CLEAN]))
    command = f"{sys.executable} -m pytest -p no:cacheprovider -p fixtures.leaks -p fixtures.bus"
    done = subprocess.run(
        [*command.split(), "--junitxml=report.xml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(request.config.rootpath / "tests")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    cases = {}
    tree = ET.parse(folder / "report.xml")
    for case in tree.iter("testcase"):
        cases.setdefault(case.get("name").removeprefix("test_"), []).extend(case)
    return cases, done.stdout


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_and_named(report, name):
    (element,) = report[0][name]

    assert element.tag == "error"
    assert re.search(LEAKS[name][1], element.text)


@pytest.mark.parametrize("name", re.findall(r"def test_(\w+)", CLEAN))
def test_what_is_no_leak(report, name):
    assert [element.text for element in report[0][name]] == []


def test_a_failing_test_is_reported_once_and_with_a_hint(report):
    cases, printed = report

    assert [element.tag for element in cases["failing"]] == ["failure"]
    assert re.search(r"leaks teardown -*\nleft behind by this test:\n.*pipe:", printed)


def test_the_check_is_cheap():
    def measure():
        began = time.perf_counter()
        assert not Census.take().beyond(Census.take())
        return time.perf_counter() - began

    assert statistics.median(measure() for _ in range(20)) < 0.003
