"""The boundary between handlers and callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.adapters.dbus.incoming import IncomingCall
    from wakeful.adapters.dbus.library import WireMessage


class Answering:
    """Whatever is raised inside becomes an answer.

    Callers get an answer and never silence, whatever a handler does; what tells the event loop
    or the process to stop passes through.

    Args:
        call: what is being answered; its file descriptors are closed in the end.
        fail: answers a message with an exception.

    Attributes:
        is_finished: whether the call ends here; set to False when somebody else goes on with it.
    """

    __slots__ = ("_call", "_fail", "is_finished")

    def __init__(self, call: IncomingCall, fail: Callable[[WireMessage, Exception], None]) -> None:
        self._call = call
        self._fail = fail
        self.is_finished = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, exception: BaseException | None, _traceback: object) -> bool:
        if self.is_finished:
            self._call.descriptors.close()
        if isinstance(exception, Exception):
            self._fail(self._call.message, exception)
            return True
        return False
