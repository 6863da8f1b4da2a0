"""News from the kernel without asking: changes of routes, and of power supplies, see netlink(7)."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUTE: Final = 0  # NETLINK_ROUTE
_IPV4_ROUTES: Final = 0x40  # RTMGRP_IPV4_ROUTE
_IPV6_ROUTES: Final = 0x400  # RTMGRP_IPV6_ROUTE
_DEVICES: Final = 15  # NETLINK_KOBJECT_UEVENT
_FROM_KERNEL: Final = 1
_LARGEST: Final = 64 * 1024
_MOST_AT_ONCE: Final = 64

_log = logging.getLogger(__name__)


class KernelNews:
    """Calls when the kernel has news of a kind, once for all that came together.

    Args:
        family: The netlink family.
        groups: Its multicast groups, as bits.
        word: Only news that contain it count.
        heard: What is called.
    """

    def __init__(self, family: int, groups: int, word: bytes, heard: Callable[[], None]) -> None:
        self._family = family
        self._groups = groups
        self._word = word
        self._heard = heard
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Begin to listen; where the kernel does not let us, there are no news."""
        if self._socket is not None:
            return
        news = None
        try:
            kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            news = socket.socket(socket.AF_NETLINK, kind, self._family)
            news.bind((0, self._groups))
        except OSError as error:
            _log.info("no news from the kernel by netlink family %d: %s", self._family, error)
            if news is not None:
                news.close()
            return
        self._socket = news
        asyncio.get_running_loop().add_reader(news, self._read)

    def close(self) -> None:
        """End."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        if self._socket is None:
            return
        concerned = False
        for _ in range(_MOST_AT_ONCE):
            try:
                concerned |= self._word in self._socket.recv(_LARGEST)
            except BlockingIOError:
                break
            except OSError as error:
                # More came than the kernel keeps for us (ENOBUFS): anything may have changed.
                _log.debug("news from the kernel were lost: %s", error)
                concerned = True
        if concerned:
            self._heard()


def route_news(heard: Callable[[], None]) -> KernelNews:
    """Make what tells of changed routes."""
    return KernelNews(_ROUTE, _IPV4_ROUTES | _IPV6_ROUTES, b"", heard)


def power_news(heard: Callable[[], None]) -> KernelNews:
    """Make what tells of changed power supplies."""
    return KernelNews(_DEVICES, _FROM_KERNEL, b"SUBSYSTEM=power_supply", heard)
