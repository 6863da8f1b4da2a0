from __future__ import annotations

import pytest

from wakeful.adapters.dbus.errors import (
    BusError,
    BusGone,
    BusUnavailable,
    CallTimeout,
    InvalidValue,
)
from wakeful.client.errors import DaemonUnreachableError, RequestRefusedError
from wakeful.client.failures import understand
from wakeful.core import errors

STANDARD = "org.freedesktop.DBus.Error."
OURS = "org.wakeful.Scheduler1.Error."


@pytest.mark.parametrize(
    "error",
    [
        BusUnavailable("cannot reach the session bus. Log in."),
        BusGone("it ended"),
        CallTimeout(STANDARD + "NoReply", "no answer in 10 s"),
        BusError(STANDARD + "NoReply", "gone without an answer"),
        BusError(STANDARD + "ServiceUnknown", "nobody"),
        BusError(STANDARD + "NameHasNoOwner", "nobody"),
        BusError(STANDARD + "Spawn.ExecFailed", "no such file"),
        BusError("org.freedesktop.systemd1.NoSuchUnit", "Unit wakeful.service not found."),
    ],
)
def test_a_daemon_that_is_not_there(error):
    assert isinstance(understand(error, "session"), DaemonUnreachableError)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("session", ["session bus", "systemctl --user start wakeful", "wakefuld"]),
        ("system", ["system bus", "'systemctl start wakeful'", "wakefuld --system"]),
        ("unix:path=/x", ["unix:path=/x", "wakefuld --bus unix:path=/x"]),
    ],
)
def test_the_sentence_names_the_bus_and_what_to_do(address, words):
    text = str(understand(BusError(STANDARD + "ServiceUnknown", "nobody"), address))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NoSuchJob", errors.NoSuchJobError),
        ("NoSuchExecution", errors.NoSuchExecutionError),
        ("AlreadyRunning", errors.AlreadyRunningError),
        ("NotRunning", errors.NotRunningError),
        ("InvalidJob", errors.InvalidJobError),
        ("ShuttingDown", errors.ShuttingDownError),
        ("Storage", errors.StorageError),
        ("SomethingNew", RequestRefusedError),
    ],
)
def test_a_refusal_says_what_the_daemon_said(name, kind):
    error = understand(BusError(OURS + name, "because"), "session")
    assert type(error) is kind
    assert str(error) == "because"


def test_a_refusal_of_the_bus():
    error = understand(BusError(STANDARD + "AccessDenied", "Rejected send message"), "system")
    assert "system bus does not allow it" in str(error)
    error = understand(BusError(STANDARD + "UnknownMethod", "no method"), "session")
    assert "another version" in str(error)
    error = understand(InvalidValue("surrogates not allowed"), "session")
    assert isinstance(error, errors.InvalidArgumentError)
