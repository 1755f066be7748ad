"""What answers where there is no route; an address that lacks only its last slash is led on, or told so."""

from __future__ import annotations

from tornado.routing import PathMatches
from tornado.web import RequestHandler

from handlers.api_handler import ApiHandler
from handlers.base import STATELESS_METHODS, BaseHandler
from handlers.errors import ApiError, by_status


class EveryMethod:
    """Contains every method, unknown ones too."""

    def __contains__(self, method: object) -> bool:
        return True


class UnknownRoute(ApiHandler):
    """404 in the common shape for everything that is not a route.

    A GET of an address without its last slash is redirected, by a location relative to the address itself: a
    proxy may have taken a prefix away. Nothing that is sent is redirected, clients would send it again as a GET.
    """

    def initialize(self) -> None:
        super().initialize()
        self.SUPPORTED_METHODS = EveryMethod()

    async def prepare(self) -> None:
        handler = self._with_slash()
        if handler is None:
            raise by_status(404)
        last = self.request.path.rpartition("/")[2] + "/"
        if self.request.method in STATELESS_METHODS and _answers(handler, self.request.method):
            query = f"?{self.request.query}" if self.request.query else ""
            self.set_header("Cache-Control", "no-store")
            self.set_header("Location", f"./{last}{query}")
            self.set_status(302)
            self.finish()
            return
        raise ApiError(404, "not_found", f"地址末尾少了「/」，应为 …{last}")

    def _with_slash(self) -> type[RequestHandler] | None:
        """The handler that the address would have with a slash at its end."""
        if self.request.path.endswith("/"):
            return None
        for rule in self.application.wildcard_router.rules:
            matcher, handler = rule.matcher, rule.target
            if isinstance(matcher, PathMatches) and matcher.regex.match(f"{self.request.path}/"):
                return handler if isinstance(handler, type) and issubclass(handler, RequestHandler) else None
        return None


def _answers(handler: type[RequestHandler], method: str | None) -> bool:
    if issubclass(handler, BaseHandler):
        return "GET" in handler.methods() or method in handler.methods()
    return True
