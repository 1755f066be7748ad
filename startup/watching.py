"""Tornado's loop, with fewer changes of what is watched."""

from __future__ import annotations

from typing import Any

from tornado.ioloop import IOLoop
from tornado.platform.asyncio import AsyncIOMainLoop


class WatchingLoop(AsyncIOMainLoop):
    """Goes on watching a socket that Tornado does not want to read for a moment.

    That is so when something comes sooner than it is wanted: the body of a POST behind its head, the next request of a
    quick client. uvloop ends and makes a handle then, with some six calls of the system. Here it is the first event
    which nobody wants that ends the watching; asyncio tells of it again as long as there is something to be read.
    """

    def initialize(self, **options: Any) -> None:  # type: ignore[override] # as AsyncIOMainLoop's own
        self._unwanted: set[int] = set()
        super().initialize(**options)

    def update_handler(self, fd: Any, events: int) -> None:
        number, _ = self.split_fd(fd)
        if events & IOLoop.READ:
            self._unwanted.discard(number)
        elif number in self.readers:
            self._unwanted.add(number)
            events |= IOLoop.READ
        super().update_handler(fd, events)

    def remove_handler(self, fd: Any) -> None:
        self._unwanted.discard(self.split_fd(fd)[0])
        super().remove_handler(fd)

    def _handle_events(self, fd: int, events: int) -> None:
        if events & IOLoop.READ and fd in self._unwanted:
            self._unwanted.remove(fd)
            self.selector_loop.remove_reader(fd)
            self.readers.remove(fd)
        else:
            super()._handle_events(fd, events)


def watch() -> None:
    """The running loop of asyncio is Tornado's like this, if nothing has made it Tornado's yet."""
    if IOLoop.current(instance=False) is None:
        WatchingLoop()
