"""Sleep as logind tells of it, on a bus of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from fixtures.bus import running_bus
from fixtures.logind import DENIED, MANAGER, FakeLogind
from wakeful.adapters.power.sleep_manager import LogindSleepManager
from wakeful.core.errors import UnavailableError


async def test_sleep_and_wake_up_are_told_as_logind_tells_them(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told == ["returned"])
    logind.prepare(for_sleep=True)
    await eventually(lambda: sleeper.told[1:] == ["falling asleep"])
    logind.prepare(for_sleep=False)
    await eventually(lambda: sleeper.told[2:] == ["woke up"])
    assert sleeper.manager.missing() == ""


async def test_a_wake_up_without_a_sleep_before_is_told_too(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    logind.prepare(for_sleep=False)
    await eventually(lambda: sleeper.told == ["returned", "woke up"])


async def test_a_sleep_in_progress_at_the_start_is_not_missed(own_bus, desktop, listen, eventually):
    desktop.logind().prepare(for_sleep=True, silently=True)
    sleeper = listen(own_bus.address)
    await eventually(lambda: sleeper.told == ["falling asleep", "returned"])


@pytest.mark.parametrize("mode", ["delay", "block"])
async def test_a_lock_is_held_until_it_is_released(desktop, sleeper, eventually, mode):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    take = {"delay": sleeper.manager.delay_sleep, "block": sleeper.manager.block_sleep}[mode]
    lock = await take("the job sings")
    (held,) = logind.held
    assert (held.what, held.who, held.why, held.mode) == ("sleep", "Wakeful", "the job sings", mode)
    lock.release()
    await eventually(lambda: not logind.held)
    innocent = os.open("/dev/null", os.O_RDONLY)  # likely with the number that the lock had
    lock.release()
    os.fstat(innocent)
    os.close(innocent)


async def test_stopping_releases_all_locks(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    await sleeper.manager.delay_sleep("one")
    await sleeper.manager.block_sleep("two")
    assert len(logind.held) == 2
    await sleeper.manager.stop()
    await eventually(lambda: not logind.held)
    await sleeper.manager.stop()
    with pytest.raises(UnavailableError, match="closed"):
        await sleeper.manager.sleep()


async def test_a_refusal_says_what_to_do(desktop, sleeper, eventually):
    logind = desktop.logind(refusal=DENIED)
    await eventually(lambda: sleeper.told)
    with pytest.raises(UnavailableError, match=r"refuses Inhibit.*polkit.*system instance"):
        await sleeper.manager.block_sleep("why not")
    with pytest.raises(UnavailableError, match=r"refuses Suspend.*polkit"):
        await sleeper.manager.sleep()
    assert logind.suspends == []


async def test_the_machine_is_sent_to_sleep_without_asking_anybody_for_a_password(
    desktop, sleeper, eventually
):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    await sleeper.manager.sleep()
    assert logind.suspends == [False]


async def test_without_logind_the_reason_is_told(sleeper, eventually):
    await eventually(lambda: "is not there" in sleeper.manager.missing())
    with pytest.raises(UnavailableError, match="login1"):
        await sleeper.manager.delay_sleep("nobody hears")
    assert sleeper.told == []


async def test_logind_that_restarts_is_followed(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told == ["returned"])
    lock = await sleeper.manager.delay_sleep("first")
    logind.stop()
    await eventually(lambda: "left the bus" in sleeper.manager.missing())
    logind.start()
    await eventually(lambda: sleeper.told == ["returned", "returned"])
    assert sleeper.manager.missing() == ""
    again = await sleeper.manager.delay_sleep("second")
    assert [held.why for held in logind.held] == ["first", "second"]
    lock.release()
    again.release()
    logind.prepare(for_sleep=True)
    await eventually(lambda: sleeper.told[2:] == ["falling asleep"])


async def test_a_wake_up_while_logind_was_away_is_told(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    logind.prepare(for_sleep=True)
    await eventually(lambda: sleeper.told[1:] == ["falling asleep"])
    logind.stop()
    logind.prepare(for_sleep=False, silently=True)
    logind.start()
    await eventually(lambda: sleeper.told[2:] == ["woke up", "returned"])


@pytest.mark.parametrize("turns", range(5))
async def test_a_lock_that_nobody_waits_for_any_more_is_given_back(
    desktop, sleeper, eventually, turns
):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    logind.patience.clear()
    request = asyncio.ensure_future(sleeper.manager.delay_sleep("too late"))
    await eventually(lambda: logind.service.calls[-1][1] == "Inhibit")
    logind.patience.set()
    if turns:
        await eventually(lambda: logind.inhibitors)
    for _ in range(turns):
        await asyncio.sleep(0)
    request.cancel()
    (result,) = await asyncio.gather(request, return_exceptions=True)
    if not isinstance(result, BaseException):
        result.release()
    await eventually(lambda: logind.inhibitors and not logind.held)


async def test_a_request_under_way_when_all_ends_leaves_nothing(desktop, sleeper, eventually):
    logind = desktop.logind()
    await eventually(lambda: sleeper.told)
    logind.patience.clear()
    request = asyncio.ensure_future(sleeper.manager.delay_sleep("in the middle"))
    await eventually(lambda: logind.service.calls[-1][1] == "Inhibit")
    await sleeper.manager.stop()
    with pytest.raises(UnavailableError):
        await request
    logind.patience.set()
    await eventually(lambda: logind.inhibitors and not logind.held)


async def test_the_death_of_the_bus_is_survived_without_a_word(
    own_bus, desktop, sleeper, eventually
):
    desktop.logind()
    await eventually(lambda: sleeper.told)
    lock = await sleeper.manager.delay_sleep("until the end")
    own_bus.kill()
    await eventually(sleeper.manager.missing)
    with pytest.raises(UnavailableError):
        await sleeper.manager.delay_sleep("nobody hears")
    lock.release()
    assert sleeper.told == ["returned"]


async def test_a_bus_that_comes_later_or_again_is_found(tmp_path, listen, eventually):
    path = tmp_path / "bus"
    sleeper = listen(f"unix:path={path}")
    with pytest.raises(UnavailableError, match=str(path)):
        await sleeper.manager.delay_sleep("too early")
    for times in (1, 2):
        with running_bus() as bus:
            path.unlink(missing_ok=True)
            path.symlink_to(bus.address.removeprefix("unix:path=").partition(",")[0])
            logind = FakeLogind(bus.address)
            logind.start()
            await eventually(lambda: sleeper.told == ["returned"] * times)  # noqa: B023 - at once
            logind.close()


async def test_a_bus_that_does_not_answer_delays_nothing(own_bus):
    own_bus.process.send_signal(signal.SIGSTOP)
    manager = LogindSleepManager(own_bus.address)
    began = time.monotonic()
    manager._link.start()
    assert time.monotonic() - began < 0.1
    await asyncio.sleep(0)
    await manager.stop()
    assert time.monotonic() - began < 1


async def test_signals_of_others_than_logind_are_not_believed(desktop, sleeper, eventually):
    desktop.logind()
    await eventually(lambda: sleeper.told)
    liar = desktop.network_manager()
    liar.emit("/org/freedesktop/login1", MANAGER, "PrepareForSleep", "b", True)
    await sleeper.manager.delay_sleep("a round trip later")
    assert sleeper.told == ["returned"]
