"""A service with one empty method, made with nothing but the library named first.

Arguments: ``dbus-fast`` or ``dbus-next``, and the address of the bus.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import warnings
from typing import TYPE_CHECKING

warnings.simplefilter("ignore", DeprecationWarning)
if TYPE_CHECKING or sys.argv[1] == "dbus-fast":
    from dbus_fast.aio import MessageBus
    from dbus_fast.service import ServiceInterface, dbus_method
else:
    from dbus_next.aio import MessageBus
    from dbus_next.service import ServiceInterface
    from dbus_next.service import method as dbus_method

NAME = "org.wakeful.Empty"


class Empty(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)

    @dbus_method()
    def Nothing(self):  # type: ignore[no-untyped-def]  # noqa: ANN201, N802 - as on the bus
        pass


async def main() -> None:
    bus = await MessageBus(sys.argv[2]).connect()
    bus.export("/", Empty())
    await bus.request_name(f"{NAME}.{sys.argv[1].replace('-', '_')}")
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"READY=1", address)
    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


asyncio.run(main())
