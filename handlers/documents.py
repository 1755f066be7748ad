"""The API document: made from the routes and the schemas, so that it cannot say anything else than they do."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from catalog.picture_files import file_below
from config import ROOT
from handlers.admin.access import COOKIE
from handlers.base import BaseHandler, FolderHandler
from handlers.errors import by_status
from handlers.operation import Operation, summary_of
from handlers.route_paths import Route, path_of

VERSION = "1.0"
_DESCRIPTIONS = {
    200: "Success",
    204: "Accepted",
    206: "The part that was asked for",
    302: "To another page",
    304: "Unchanged",
    400: "Malformed or invalid; `fields` names each bad one",
    401: "No warrant, or one that is void",
    403: "Not allowed",
    404: "Unknown, or not the caller's",
    405: "Wrong method; `Allow` names the right ones",
    409: "The state does not allow it",
    413: "The body is too large",
    415: "Neither a form nor JSON",
    416: "The file is shorter than the part that was asked for",
    429: "Too many requests; `Retry-After` says when to try again",
    500: "An error of ours; nothing but a request id is told",
    502: "WeChat refused",
    503: "The database or WeChat is busy; try again",
    504: "WeChat did not answer in time",
}


_DEPRECATED_WARRANT = {
    "name": "warrant",
    "in": "query",
    "deprecated": True,
    "description": "as released clients send the login token; send it as a header",
    "schema": {"type": "string"},
}


def _description(status: int) -> str:
    return _DESCRIPTIONS.get(status) or HTTPStatus(status).phrase


class ApiDocument:
    """The document of one application. It is made when it is first asked for: few starts need it."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)

    @functools.cached_property
    def text(self) -> bytes:
        return api_document(self._routes)


def api_document(routes: Iterable[Route]) -> bytes:
    """The OpenAPI 3.1 document as JSON."""
    from apispec import APISpec  # only needed here, and not at every start
    from apispec.ext.marshmallow import MarshmallowPlugin

    spec = APISpec("HospitalAppointment", VERSION, "3.1.0", plugins=[MarshmallowPlugin()], info=_info())
    spec.components.schema("Failure", _failure_schema())
    spec.components.security_scheme("warrant", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("warrantHeader", {"type": "apiKey", "in": "header", "name": "warrant"})
    cookie = {"type": "apiKey", "in": "cookie", "name": COOKIE}
    spec.components.security_scheme(
        "administrator", {**cookie, "description": f"In production it is called `__Host-{COOKIE}`."}
    )
    for pattern, handler, *_ in routes:
        path, parameters = path_of(pattern)
        for method in ("get", "post"):
            function = getattr(handler, method, None)
            if function is None or function is BaseHandler._unimplemented_method:
                continue
            spec.path(path, operations={method: _describe(function, handler, method, parameters, path)})
    return orjson.dumps(spec.to_dict(), option=orjson.OPT_INDENT_2)


def _info() -> dict[str, str]:
    return {
        "description": (
            "Addresses are relative to the server's root, which an operator may put under any prefix. "
            "The login token (`warrant`) belongs in the header `Authorization: Bearer …`; in a body field or a "
            "query parameter named `warrant` it is still read for released clients (deprecated)."
        )
    }


def _failure_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["code", "error", "msg", "request_id"],
        "properties": {
            "code": {"type": "integer", "description": "not 0"},
            "error": {**text, "description": "a stable slug"},
            "msg": {**text, "description": "a sentence in Chinese for the user"},
            "fields": {"type": "object", "additionalProperties": {"type": "array", "items": text}},
            "request_id": text,
        },
    }


def _describe(
    function: Any, handler: Any, method: str, parameters: list[dict[str, Any]], path: str
) -> dict[str, Any]:
    declared: Operation | None = getattr(function, "operation", None)
    described: dict[str, Any] = {"tags": [_tag(path)], "parameters": list(parameters)}
    if declared is None:
        return {**described, **_plain(function, handler, method)}
    statuses = {500, 503, *declared.errors}
    described["summary"] = declared.summary
    if declared.query is not None:
        described["parameters"] += [{"in": "query", "schema": declared.query}]
        statuses.add(400)
    if method == "post":
        described["requestBody"] = _request_body(declared)
        statuses |= {400, 413, 415}
    if declared.auth:
        user = declared.auth in ("user", "escort")
        described["security"] = [{"warrant": []}, {"warrantHeader": []}] if user else [{"administrator": []}]
        if declared.auth == "user" and method == "get":
            described["parameters"].append(_DEPRECATED_WARRANT)
        statuses |= {401} if declared.auth == "user" else {401, 403}
        if user and (method == "post" or handler.limits_reads):
            statuses.add(429)
    reply = {"schema": declared.reply} if declared.reply else {}
    responses = {"200": {"description": _description(200), "content": {"application/json": reply}}}
    responses |= {str(status): _failure(status) for status in sorted(statuses)}
    return {**described, "responses": responses}


def _request_body(declared: Operation) -> dict[str, Any]:
    if declared.upload:
        file = {"type": "string", "format": "binary"}
        schema = {"type": "object", "required": [declared.upload], "properties": {declared.upload: file}}
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if declared.body is None:
        return {"required": False, "content": {"application/json": {"schema": {"type": "object"}}}}
    kinds = ("application/x-www-form-urlencoded", "application/json")
    return {"required": True, "content": {kind: {"schema": declared.body} for kind in kinds}}


def _failure(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Failure"}
    return {"description": _description(status), "content": {"application/json": {"schema": schema}}}


def _plain(function: Any, handler: Any, method: str) -> dict[str, Any]:
    """What is no JSON operation: pages, pictures, notifications. Their classes say what they answer."""
    summary = summary_of(function.__doc__ or handler.__doc__)
    kind = getattr(handler, "produces", "application/json")
    good: dict[str, dict[str, Any]] = {
        str(status): {"description": _description(status)} for status in getattr(handler, "answers", (200,))
    }
    if "200" in good:
        good["200"]["content"] = {kind: {}}
    wrong = (400, 403, 404, 413, 415, 500, 503) if method == "post" else (400, 401, 403, 404, 500, 503)
    return {
        "summary": summary,
        "responses": good | {str(status): {"description": _description(status)} for status in wrong},
    }


def _tag(path: str) -> str:
    first = path.strip("/").split("/")[0]
    return {
        "user": "user",
        "login": "user",
        "escort": "escort",
        "catalog": "catalog",
        "admin": "administrator",
        "wechatpay": "wechat",
    }.get(first, "service")


class OpenApiHandler(BaseHandler):
    produces = "application/json"

    async def get(self) -> None:
        """This document, as JSON (OpenAPI 3.1)."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        document: ApiDocument = self.settings["api_document"]
        self.finish(document.text)


class DocsHandler(BaseHandler):
    """The API document in a page."""

    produces = "text/html"

    async def get(self) -> None:
        """The API document as a page to read and to try."""
        self.set_header(
            "Content-Security-Policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
            "frame-ancestors 'self'",
        )
        self.render(
            str(ROOT / "templates" / "docs.html"), root=self.root(), rehearsal=self.services.settings.staging
        )


class DocsAssetHandler(FolderHandler):
    """Script and style of the API document's page."""

    produces = "*/*"

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if file_below(Path(root), absolute_path) is None:
            raise by_status(404)
        return super().validate_absolute_path(root, absolute_path)


routes = [
    (r"/openapi\.json", OpenApiHandler),
    (r"/docs/", DocsHandler),
    (r"/static/docs/([a-z.-]+)", DocsAssetHandler, {"folder": ROOT / "static" / "docs"}),
    (r"/static/docs/vendor/([a-z.-]+)", DocsAssetHandler, {"folder": ROOT / "static" / "docs" / "vendor"}),
]
