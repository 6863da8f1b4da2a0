"""Logging: to the journal with fields, where we are connected to it, else to standard error.

The journal's native protocol is described in systemd's "Native Journal Protocol": a datagram
of ``FIELD=value`` lines, values with line breaks preceded by their length.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys

JOURNAL_SOCKET = "/run/systemd/journal/socket"
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)
_FIELDS = {"job": "WAKEFUL_JOB", "execution": "WAKEFUL_EXECUTION"}


def set_up_logging(level: str) -> None:
    """Send the log where it belongs.

    Args:
        level: The least serious level to log: ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler: logging.Handler
    if _stderr_is_journal() and os.path.exists(JOURNAL_SOCKET):  # noqa: PTH110 - as a plain text
        handler = JournalHandler()
    else:
        handler = logging.StreamHandler(sys.stderr)
        form = "%(levelname)s %(message)s" if _stderr_is_journal() else _PLAIN
        handler.setFormatter(logging.Formatter(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


_PLAIN = "%(asctime)s %(levelname)-7s %(message)s"


def _stderr_is_journal() -> bool:
    """Say whether standard error goes to the journal (systemd.exec(5), ``JOURNAL_STREAM``)."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))


class JournalHandler(logging.Handler):
    """Writes records with the fields ``WAKEFUL_JOB`` and ``WAKEFUL_EXECUTION``."""

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; what the journal does not take goes to standard error."""
        text = self.format(record)
        try:
            self._socket.sendto(self._datagram(record, text), JOURNAL_SOCKET)
        except OSError:
            sys.stderr.write(text + "\n")

    @staticmethod
    def _datagram(record: logging.LogRecord, text: str) -> bytes:
        fields = {
            "MESSAGE": text,
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
        return b"".join(
            _encode(name, value.encode(errors="replace")) for name, value in fields.items()
        )

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()


def _encode(name: str, value: bytes) -> bytes:
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


def _priority(level: int) -> int:
    return next(priority for threshold, priority in _PRIORITIES if level >= threshold)
