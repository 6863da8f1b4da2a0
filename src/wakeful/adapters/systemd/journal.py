"""Logging: to the journal with fields, where we are connected to it, else to standard error.

The journal's native protocol is described in systemd's "Native Journal Protocol": a datagram
of ``FIELD=value`` lines, values with line breaks preceded by their length; what is too large for
a datagram goes into a sealed memory file, of which only the descriptor is sent.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

from wakeful.adapters.systemd.datagram import datagram_socket

JOURNAL_SOCKET: Final = "/run/systemd/journal/socket"
_PRIORITIES: Final = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)
_FIELDS: Final = {"job": "WAKEFUL_JOB", "execution": "WAKEFUL_EXECUTION"}
_BARE: Final = "%(message)s"
_PLAIN: Final = "%(asctime)s %(levelname)-7s %(message)s"
_PREFIXED: Final = "%(levelname)s %(message)s"
_LONGEST_WAIT_SECONDS: Final = 0.1
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_TOO_LARGE: Final = (errno.EMSGSIZE, errno.ENOBUFS)


def set_up_logging(level: str, *, journal: str = JOURNAL_SOCKET) -> None:
    """Send the log where it belongs.

    Args:
        level: The least serious level to log: ``debug``, ``info``, ``warning`` or ``error``.
        journal: The socket of the journal.
    """
    handler: logging.Handler
    if _stderr_is_journal() and Path(journal).exists():
        handler = JournalHandler(journal)
        form = _BARE
    else:
        handler = logging.StreamHandler(sys.stderr)
        form = _PREFIXED if _stderr_is_journal() else _PLAIN
    handler.setFormatter(logging.Formatter(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _stderr_is_journal() -> bool:
    """Say whether standard error goes to the journal (systemd.exec(5), ``JOURNAL_STREAM``)."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))


class JournalHandler(logging.Handler):
    """Writes records with the fields ``WAKEFUL_JOB`` and ``WAKEFUL_EXECUTION``.

    A journal that does not keep up delays us for a moment, once; what it does not take until it
    has caught up is counted, and the count is written. Jobs on time matter more than lines.

    Args:
        address: The socket of the journal.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._socket = datagram_socket(longest_wait_seconds=_LONGEST_WAIT_SECONDS)
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; when there is no journal any more, to standard error."""
        try:
            if self._lost:
                self._send(_encode_all(_gap(self._lost)), socket.MSG_DONTWAIT)
                self._lost = 0
            self._send(_encode_all(self._fields(record)))
        except BlockingIOError:
            self._lost += 1
        except OSError:
            # Standard error may be gone as well, and a log is no reason to fail.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(self.format(record) + "\n")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _fields(self, record: logging.LogRecord) -> dict[str, str]:
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": str(_priority(record.levelno)),
            "SYSLOG_IDENTIFIER": "wakefuld",
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "CODE_FUNC": record.funcName or "",
        }
        for attribute, field in _FIELDS.items():
            if value := getattr(record, attribute, None):
                fields[field] = str(value)
        return fields

    def _send(self, datagram: bytes, flags: int = 0) -> None:
        try:
            self._socket.sendto(datagram, flags, self._address)
        except OSError as error:
            if error.errno not in _TOO_LARGE:
                raise
            self._send_file(datagram, flags)

    def _send_file(self, content: bytes, flags: int) -> None:
        descriptor = os.memfd_create("wakeful-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
            # Not socket.send_fds: before Python 3.13 it leaves out the address.
            passed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("@i", descriptor))
            self._socket.sendmsg([b""], [passed], flags, self._address)


def _gap(lost: int) -> dict[str, str]:
    return {
        "MESSAGE": f"{lost} lines are missing here: the journal did not keep up",
        "PRIORITY": str(_priority(logging.WARNING)),
        "SYSLOG_IDENTIFIER": "wakefuld",
    }


def _encode_all(fields: dict[str, str]) -> bytes:
    return b"".join(_encode(name, value.encode(errors="replace")) for name, value in fields.items())


def _encode(name: str, value: bytes) -> bytes:
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


def _priority(level: int) -> int:
    return next(priority for threshold, priority in _PRIORITIES if level >= threshold)
