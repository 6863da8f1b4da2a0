"""A service on the library under test, and jeepney as a client that shares no code with it."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.asyncio import open_dbus_router

from wakeful.adapters.dbus.binding import Interface, method, property_getter
from wakeful.adapters.dbus.connection import BusConnection
from wakeful.adapters.dbus.errors import BusException
from wakeful.adapters.dbus.library import Variant
from wakeful.adapters.dbus.server import ObjectServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from jeepney.io.asyncio import DBusRouter

PATH = "/org/wakeful/Test"
INTERFACE = "org.wakeful.Test1"
XML = """
<node xmlns:doc="urn:documentation">
  <interface name="org.wakeful.Test1">
    <method name="Echo">
      <doc:doc>Returns what it gets.</doc:doc>
      <arg name="text" type="s" direction="in"/>
      <arg name="text" type="s" direction="out"/>
    </method>
    <method name="echo"><arg type="s" direction="in"/><arg type="s" direction="out"/></method>
    <method name="Toggle">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="out"/>
    </method>
    <method name="Nothing"/>
    <method name="Pair"><arg type="s" direction="out"/><arg type="u" direction="out"/></method>
    <method name="Records">
      <arg type="a(su)" direction="in"/><arg type="a(su)" direction="out"/>
    </method>
    <method name="Options">
      <arg type="a{sv}" direction="in"/><arg type="a{sv}" direction="out"/>
    </method>
    <method name="Wait"><arg type="d" direction="in"/></method>
    <method name="Later"><arg type="s" direction="in"/><arg type="s" direction="out"/></method>
    <method name="Caller"><arg type="u" direction="out"/><arg type="u" direction="out"/></method>
    <method name="Context"><arg type="as" direction="out"/></method>
    <method name="Known"/>
    <method name="Unknown"/>
    <method name="UnknownLater"/>
    <method name="Misfit"><arg type="u" direction="out"/></method>
    <method name="MisfitLater"><arg type="u" direction="out"/></method>
    <method name="Surplus"/>
    <method name="Blob"><arg type="u" direction="in"/><arg type="ay" direction="out"/></method>
    <method name="Read"><arg type="h" direction="in"/><arg type="s" direction="out"/></method>
    <method name="Open"><arg type="s" direction="in"/><arg type="h" direction="out"/></method>
    <method name="OpenLater"><arg type="s" direction="in"/><arg type="h" direction="out"/></method>
    <signal name="Tick"><arg type="i"/></signal>
    <signal name="Moved"><arg type="s"/><arg type="(uu)"/></signal>
    <property name="Running" type="b" access="read"/>
    <property name="Place" type="(uu)" access="read"/>
    <property name="Load" type="d" access="read">
      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="invalidates"/>
    </property>
    <property name="Version" type="s" access="read">
      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="const"/>
    </property>
  </interface>
</node>
"""


class RefusedError(Exception):
    """An error the service expects."""


@dataclass
class Demo:
    """Implements the interface above."""

    seen: list[Any] = field(default_factory=list)
    waiting: int = 0
    cancelled: int = 0

    @method("Echo", "echo")
    def echo(self, call, text):
        self.seen.append((call, text))
        return text

    @method("Toggle", also=("sb",))
    def toggle(self, _call, name, state):
        return f"{name} {state!r}"

    @method("Nothing")
    def nothing(self, _call):
        self.seen.append("nothing")

    @method("Pair")
    def pair(self, _call):
        return "a", 1

    @method("Records")
    def records(self, _call, records):
        self.seen.append(records)
        return [tuple(record) for record in records]

    @method("Options")
    def options(self, _call, options):
        self.seen.append(options)
        return options

    @method("Wait")
    async def wait(self, _call, seconds):
        self.waiting += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1

    @method("Later")
    async def later(self, _call, text):
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        return text

    @method("Caller")
    async def caller(self, call):
        credentials = await call.credentials()
        return credentials.uid, credentials.pid

    @method("Context")
    def context(self, call):
        return [call.sender, call.path, call.interface, call.member, call.signature]

    @method("Known")
    def known(self, _call):
        raise RefusedError("not today")

    @method("Unknown")
    def unknown(self, _call):
        raise ValueError("the secret is 42")

    @method("UnknownLater")
    async def unknown_later(self, _call):
        await asyncio.sleep(0)
        raise ValueError("the secret is 42")

    @method("Misfit")
    def misfit(self, _call):
        return "text"

    @method("MisfitLater")
    async def misfit_later(self, _call):
        await asyncio.sleep(0)
        return -1

    @method("Surplus")
    def surplus(self, _call):
        return "something"

    @method("Blob")
    def blob(self, _call, size):
        return bytes(size)

    @method("Read")
    async def read(self, _call, descriptor):
        await asyncio.sleep(0)
        return os.pread(descriptor, 100, 0).decode()

    @method("Open")
    def open(self, _call, path):
        return Path(path).open("rb")

    @method("OpenLater")
    async def open_later(self, _call, path):
        await asyncio.sleep(0)
        descriptor = os.open(path, os.O_RDONLY)
        asyncio.get_running_loop().call_soon(os.close, descriptor)
        return descriptor

    @property_getter("Running")
    def running(self):
        return True

    @property_getter("Place")
    def place(self):
        return (1, 2)

    @property_getter("Load")
    def load(self):
        return 0.5

    @property_getter("Version")
    def version(self):
        return "1.0"


def describe_error(exception):
    if isinstance(exception, RefusedError):
        return "org.wakeful.Test1.Error.Refused", str(exception)
    if isinstance(exception, BusException) and exception.code in {"bus-too-large", "bus-busy"}:
        return f"org.wakeful.Test1.Error.{type(exception).__name__}", str(exception)
    return None


@dataclass
class Service:
    """A served object."""

    connection: BusConnection
    server: ObjectServer
    demo: Demo

    @property
    def name(self):
        return self.connection.unique_name

    @property
    def target(self):
        return self.name, PATH, INTERFACE


@dataclass
class Answer:
    """What jeepney got."""

    error: str | None
    signature: str
    body: tuple[Any, ...]


@dataclass
class Client:
    """Asks one service through jeepney."""

    router: DBusRouter
    destination: str

    async def ask(self, member, signature=None, *body, interface=INTERFACE, path=PATH, flags=0):
        message = new_method_call(
            DBusAddress(path, self.destination, interface), member, signature, body
        )
        message.header.flags = flags
        if flags & 1:
            await self.router.send(message)
            return None
        async with asyncio.timeout(10):
            reply = await self.router.send_and_get_reply(message)
        fields = {field.name: value for field, value in reply.header.fields.items()}
        is_error = reply.header.message_type is MessageType.error
        return Answer(
            fields["error_name"] if is_error else None, fields.get("signature", ""), reply.body
        )


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[str], Awaitable[BusConnection]]]:
    """Makes connections that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        async def new(address: str) -> BusConnection:
            connection = await BusConnection.connect(address)
            stack.push_async_callback(connection.close)
            return connection

        yield new


@pytest.fixture
async def serve(connect) -> AsyncIterator[Callable[[str], Awaitable[Service]]]:
    """Makes services that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        async def new(address: str) -> Service:
            connection = await connect(address)
            server = ObjectServer(connection, describe_error)
            stack.push_async_callback(server.close)
            demo = Demo()
            server.export(PATH, Interface.from_xml(XML, demo))
            return Service(connection, server, demo)

        yield new


@pytest.fixture
async def service(serve, private_bus) -> Service:
    """A service on the shared bus."""
    return await serve(private_bus)


@pytest.fixture
async def peer(connect, private_bus) -> BusConnection:
    """Another connection of ours to the shared bus."""
    return await connect(private_bus)


@pytest.fixture
async def client(service, private_bus) -> AsyncIterator[Client]:
    """An independent client of the service."""
    async with open_dbus_router(private_bus) as router:
        yield Client(router, service.name)


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Counts the file descriptors of this process."""
    return lambda: len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the count only


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Waits for something that others bring about."""

    async def wait(condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - it is brought about by another process
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def variant() -> type[Variant]:
    """The class for variants of the library in use."""
    return Variant
