"""What all of the stand-in's HTTP handlers have in common: JSON in, JSON out, one shape of error each."""

from __future__ import annotations

import uuid
from http.client import responses
from typing import Any

import orjson
from tornado.web import HTTPError, RequestHandler

from .core import SandboxCore
from .errors import ControlError, MiniProgramError, PayError, ReplyLost

_REFUSALS = (ControlError, MiniProgramError, PayError, ReplyLost, HTTPError)


class Handler(RequestHandler):
    """Base of all handlers. It reads nothing from the application's settings."""

    sandbox: SandboxCore

    def initialize(self, sandbox: SandboxCore) -> None:
        self.sandbox = sandbox
        self.request_id = uuid.uuid4().hex

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def check_xsrf_cookie(self) -> None:
        """Machines call these endpoints; the pages' own requests are told apart in ``prepare``."""

    def prepare(self) -> None:
        # A foreign web page must not push the buttons of a developer's machine.
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site" and self.request.method != "GET":
            raise ControlError(403, "cross_site", "不接受来自其他网站的请求")

    def query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def json_body(self) -> dict[str, Any]:
        """The body as a JSON object. Raises ValueError."""
        try:
            body = orjson.loads(self.request.body)
        except orjson.JSONDecodeError:
            raise ValueError("not JSON") from None
        if not isinstance(body, dict):
            raise ValueError("not a JSON object")
        return body

    def reply(self, document: dict[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(document))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, _REFUSALS):
            super().log_exception(typ, value, tb)


class ControlHandler(Handler):
    """The stand-in's own endpoints: ``{"code": 0, …}``, or the errors of ``ControlError``."""

    def wish(self) -> dict[str, Any]:
        try:
            return self.json_body()
        except ValueError:
            raise ControlError(400, "invalid_json", "请求正文必须是 JSON 对象") from None

    def limit(self) -> int:
        text = self.get_query_argument("limit", "50")
        if not text.isdigit() or not 1 <= int(text) <= 10_000:
            raise ControlError(400, "invalid", "limit 应为 1 到 10000", {"limit": ["1 到 10000"]})
        return int(text)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, PayError):
            error = ControlError(error.status, error.code.lower(), error.message)
        if not isinstance(error, ControlError):
            slug = {404: "not_found", 405: "method_not_allowed"}.get(status_code, "internal")
            message = {404: "没有这个地址", 405: "不支持这种请求方法"}.get(status_code, "沙箱内部错误")
            error = ControlError(status_code, slug, message)
        document: dict[str, Any] = {"code": error.status, "error": error.slug, "msg": error.message}
        if error.fields:
            document["fields"] = error.fields
        self.reply({**document, "request_id": self.request_id}, error.status)


class UnknownHandler(ControlHandler):
    """Everything below the mount that is nothing else."""

    def prepare(self) -> None:
        raise HTTPError(404, responses[404])
