"""What the kernel tells without being asked, in a network of our own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap

import pytest

from wakeful.adapters.power import kernel_news
from wakeful.adapters.power.kernel_news import KernelNews, power_news, route_news

IN_A_NETWORK_OF_ITS_OWN = """
import asyncio, subprocess
from wakeful.adapters.power.kernel_news import route_news
from wakeful.adapters.power.routes import has_route

async def main():
    heard = asyncio.Event()
    news = route_news(heard.set)
    news.open()
    news.open()
    for command, expected in (
        ("ip link set lo up", False),
        ("ip route add default dev lo", True),
        ("ip route del default", False),
        ("ip -6 route add default dev lo", True),
        ("ip -6 route del default", False),
    ):
        heard.clear()
        subprocess.run(command.split(), check=True)
        await asyncio.wait_for(heard.wait(), 20)
        assert has_route() is expected, command
    news.close()
    news.close()

assert has_route() is False
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make networks")
def test_routes_that_come_and_go_are_told():
    result = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", textwrap.dedent(IN_A_NETWORK_OF_ITS_OWN)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


class Messages:
    """A socket of the kernel."""

    def __init__(self, *messages):
        self.ours, self.kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ours.setblocking(False)
        for message in messages:
            self.kernels.send(message)


@pytest.mark.parametrize(
    ("messages", "times"),
    [
        (
            [b"change@/devices/AC\0ACTION=change\0SUBSYSTEM=power_supply\0POWER_SUPPLY_ONLINE=1\0"],
            1,
        ),
        ([b"add@/devices/usb1\0ACTION=add\0SUBSYSTEM=usb\0"], 0),
        ([b"SUBSYSTEM=power_supply\0", b"SUBSYSTEM=usb\0", b"SUBSYSTEM=power_supply\0"], 1),
    ],
)
async def test_only_power_supplies_among_all_devices_count(messages, times, monkeypatch):
    told = []
    news = power_news(lambda: told.append(1))
    wire = Messages(*messages)
    monkeypatch.setattr(news, "_socket", wire.ours)
    news._read()
    assert len(told) == times
    wire.ours.close()
    wire.kernels.close()


async def test_news_that_were_lost_count_as_news(monkeypatch):
    answers = [OSError(105, "No buffer space available"), BlockingIOError()]

    class Overflown:
        def recv(self, _):
            raise answers.pop(0)

    told = []
    news = power_news(lambda: told.append(1))
    monkeypatch.setattr(news, "_socket", Overflown())
    news._read()
    assert told == [1]


async def test_a_kernel_that_tells_nothing_is_no_failure(caplog):
    caplog.set_level("INFO", kernel_news.__name__)
    news = KernelNews(99, 0, b"", lambda: None)
    news.open()
    assert "99" in caplog.text
    news.close()


async def test_both_kinds_of_news_can_be_had_here():
    for make in (route_news, power_news):
        news = make(lambda: None)
        news.open()
        assert news._socket is not None
        news.close()
