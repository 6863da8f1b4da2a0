from __future__ import annotations

import os
import time

import pytest

from wakeful.adapters.systemd.notify import ServiceManager


def test_each_message_is_one_datagram(listener):
    manager = ServiceManager(listener.address, None)
    manager.ready("2 jobs")
    manager.status("3 jobs")
    manager.reloading(1234)
    manager.stopping("stopping: received SIGTERM")
    manager.alive()
    assert listener.texts() == [
        "READY=1\nSTATUS=2 jobs",
        "STATUS=3 jobs",
        "RELOADING=1\nMONOTONIC_USEC=1234",
        "STOPPING=1\nSTATUS=stopping: received SIGTERM",
        "WATCHDOG=1",
    ]


def test_the_socket_may_be_abstract(abstract_listener):
    ServiceManager("@" + abstract_listener.address[1:], None).alive()
    assert abstract_listener.texts() == ["WATCHDOG=1"]


def test_a_status_cannot_smuggle_in_a_message(listener):
    ServiceManager(listener.address, None).status("a\nMAINPID=1\r\nREADY=1")
    assert listener.texts() == ["STATUS=a MAINPID=1 READY=1"]


def test_a_status_that_is_no_text_is_sent_all_the_same(listener):
    ServiceManager(listener.address, None).status("caf\udce9 café")
    assert listener.texts() == ["STATUS=caf? café"]


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-is-here", "vsock:2:1", "x"])
def test_nobody_listening_is_no_error(address):
    manager = ServiceManager(address, None)
    manager.ready("")
    assert manager.listens == address.startswith(("/", "@"))


def test_a_busy_manager_is_waited_for_but_not_for_ever(listener):
    listener.fill()
    began = time.monotonic()
    ServiceManager(listener.address, None).ready("")
    assert 0.5 < time.monotonic() - began < 5


def test_nobody_waits_for_a_busy_manager_to_hear_what_comes_again(listener):
    listener.fill()
    began = time.monotonic()
    manager = ServiceManager(listener.address, None)
    manager.status("3 jobs")
    manager.alive()
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "2000000"}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid())}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "²"}, None),
    ],
)
def test_the_watchdog_is_told_in_the_environment(variables, seconds, listener, monkeypatch):
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NOTIFY_SOCKET", listener.address)
    assert ServiceManager.from_environment().watchdog == seconds
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert ServiceManager.from_environment().watchdog is None
