"""Processes that outlive their execution, and those that try to escape."""

from __future__ import annotations

import asyncio
import os
import signal
import time

from wakeful.core.execution import ProcessExit

DETACHING = """
import os, signal, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("detached", flush=True)
time.sleep(60)
"""

ESCAPING = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if not os.fork():
    os.setsid()
    print("escaped", flush=True)
    time.sleep(60)
time.sleep(60)
"""


def said(run, word):
    return lambda: word in run.output


async def test_a_process_in_the_background_is_stopped(lab, wait_until, find_marked, caplog):
    run = lab.sh("sleep 60 & echo started")
    assert await run.ending() == ProcessExit(exit_status=0)
    await wait_until(said(run, b"[wakeful: 1 process left behind was stopped]\n"))
    assert not find_marked(run.execution_id)
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert run.execution_id in warnings[0].getMessage()
    assert "1 process" in warnings[0].getMessage()


async def test_the_end_is_reported_before_those_left_behind_have_ended(lab, find_marked):
    run = lab.sh("trap '' TERM; sleep 60 & exit 0")
    await run.ending()
    assert find_marked(run.execution_id)


async def test_a_script_that_detaches_is_stopped(lab, wait_until, find_marked):
    run = lab.python(DETACHING, "meek")
    await run.ending()
    await wait_until(said(run, b"left behind was stopped"))
    assert not find_marked(run.execution_id)


async def test_what_ignores_sigterm_is_killed_after_the_grace(make_lab, wait_until, find_marked):
    lab = make_lab(grace=1.0)
    run = lab.python(DETACHING, "stubborn")
    await wait_until(said(run, b"detached"))
    await run.ending()
    started = time.monotonic()
    await wait_until(said(run, b"left behind was stopped"))
    assert time.monotonic() - started > 0.5
    assert not find_marked(run.execution_id)
    await lab.runner.close()


async def test_those_in_the_group_and_outside_are_counted_together(lab, wait_until, find_marked):
    run = lab.sh("sleep 60 & sleep 61 & setsid sleep 62 & sleep 0.2")
    await run.ending()
    await wait_until(said(run, b"[wakeful: 3 processes left behind were stopped]\n"))
    assert not find_marked(run.execution_id)


async def test_what_ends_by_itself_at_once_is_not_reported(lab, caplog):
    run = lab.sh("(sleep 0.02; :) & exit 0")
    await run.ending()
    await asyncio.sleep(0.4)
    assert run.output == b""
    assert caplog.text == ""


async def test_a_helper_in_its_own_session_may_live_while_its_execution_does(
    lab, wait_until, find_marked
):
    run = lab.sh("(setsid sleep 60 &); echo started; read x < /dev/zero || exec sleep 60")
    await wait_until(said(run, b"started"))
    await lab.sh("exit 0").ending()  # this makes the runner look around
    await asyncio.sleep(0.5)
    assert len(find_marked(run.execution_id)) == 2
    run.process.signal(signal.SIGKILL)
    await run.ending()
    await wait_until(lambda: not find_marked(run.execution_id))


async def test_sigkill_reaches_a_grandchild_that_left_the_group(make_lab, wait_until, find_marked):
    lab = make_lab(grace=60)
    run = lab.python(ESCAPING)
    await wait_until(said(run, b"escaped"))
    assert run.process.signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    assert len(find_marked(run.execution_id)) == 2
    assert run.process.signal(signal.SIGKILL)
    assert await run.ending() == ProcessExit(signal=signal.SIGKILL)
    await wait_until(lambda: not find_marked(run.execution_id), within=5)
    await lab.runner.close()


async def test_sigterm_reaches_those_that_left_the_group(lab, wait_until, find_marked):
    run = lab.sh("setsid sleep 60 & trap '' TERM; echo started; wait; exec sleep 60")
    await wait_until(lambda: said(run, b"started")() and len(find_marked(run.execution_id)) == 2)
    assert run.process.signal(signal.SIGTERM)
    await wait_until(lambda: find_marked(run.execution_id) == {run.pid}, within=5)
    run.process.signal(signal.SIGKILL)
    await run.ending()


async def test_a_signal_reaches_those_left_behind(make_lab, wait_until, find_marked):
    lab = make_lab(grace=60)
    run = lab.python(DETACHING, "stubborn")
    await wait_until(said(run, b"detached"))
    await run.ending()
    await wait_until(
        lambda: run.process.signal(signal.SIGKILL) or not find_marked(run.execution_id)
    )
    await wait_until(lambda: not find_marked(run.execution_id), within=5)
    await lab.runner.close()


async def test_a_signal_right_at_the_end_reaches_those_that_left_the_group(
    make_lab, wait_until, find_marked
):
    lab = make_lab(grace=60)
    run = lab.python(ESCAPING)
    await wait_until(said(run, b"escaped"))
    run.process.ended = lambda ending: run.process.signal(signal.SIGKILL) or run.note(ending)
    os.kill(run.pid, signal.SIGKILL)
    await wait_until(lambda: not find_marked(run.execution_id), within=5)
    await lab.runner.close()


async def test_closing_does_not_wait_for_the_grace(make_lab, wait_until, find_marked):
    lab = make_lab(grace=60)
    run = lab.python(DETACHING, "stubborn")
    await wait_until(said(run, b"detached"))
    await run.ending()
    started = time.monotonic()
    await lab.runner.close()
    assert time.monotonic() - started < 10
    assert not find_marked(run.execution_id)


async def test_closing_leaves_alone_what_belongs_to_a_running_execution(make_lab, find_marked):
    lab = make_lab()
    run = lab.sh("setsid sleep 60 & sleep 60")
    ended = lab.sh("sleep 60 &")
    await ended.ending()
    await lab.runner.close()
    assert len(find_marked(run.execution_id)) >= 2
    assert not find_marked(ended.execution_id)


async def test_a_process_that_hid_its_mark_is_told_once_and_left_alone(lab, wait_until, caplog):
    run = lab.sh("env -i setsid sleep 60 >/dev/null 2>&1 & echo $!; sleep 0.1")
    await run.ending()
    hidden = int(run.output)
    await wait_until(lambda: f"process {hidden} was left behind" in caplog.text)
    await lab.sh("exit 0").ending()
    await asyncio.sleep(0.3)
    assert caplog.text.count("without the mark") == 1
    os.kill(hidden, signal.SIGKILL)


async def test_many_quick_executions_cause_few_searches(lab, monkeypatch):
    searches = []
    search = lab.runner._open()._leftovers._search

    async def note(*arguments):
        searches.append(arguments)
        await search(*arguments)

    monkeypatch.setattr(lab.runner._works._leftovers, "_search", note)
    started = time.monotonic()
    for _ in range(300):
        lab.start("/bin/true")
    last = lab.start("/bin/true")
    await last.ending()
    await asyncio.sleep(0.2)
    assert 1 <= len(searches) <= (time.monotonic() - started) / 0.1 + 1
