"""A hand on the line between a phone and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Route


class Gate:
    """``seen``: how many requests came by."""

    def __init__(self) -> None:
        self.seen = 0
        self._answer: dict[str, Any] | None = None
        self._holding = False
        self._held: list[Route] = []

    def handle(self, route: Route) -> None:
        self.seen += 1
        if self._holding:
            self._held.append(route)
        else:
            self._pass(route)

    def _pass(self, route: Route) -> None:
        if self._answer is None:
            route.continue_()
        elif "lose" in self._answer:
            route.fetch()
            route.abort("connectionfailed")
        elif "cut" in self._answer:
            route.abort("connectionfailed")
        else:
            route.fulfill(**self._answer)

    def hold(self) -> None:
        """Requests wait until one of the other words is said."""
        self._holding = True

    def _let_go(self, answer: dict[str, Any] | None) -> None:
        self._answer, self._holding = answer, False
        held, self._held = self._held, []
        for route in held:
            self._pass(route)

    def open(self) -> None:
        """Everything goes to the server."""
        self._let_go(None)

    def answer(self, body: Any, status: int = 200) -> None:
        """Everything is answered like this; the server does not hear of it."""
        self._let_go({"status": status, "json": body})

    def fail(self, status: int = 500, error: str = "internal", msg: str = "服务器忙，请稍后再试") -> None:
        self.answer({"code": status, "error": error, "msg": msg, "request_id": "request-1"}, status)

    def cut(self) -> None:
        """No connection."""
        self._let_go({"cut": True})

    def lose(self) -> None:
        """Everything goes to the server, and no answer comes back."""
        self._let_go({"lose": True})
