"""A client of the product that looks at every answer: headers, content type, the one shape of failures."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import httpx
from marshmallow import Schema, fields

from handlers.operation import Operation
from handlers.routes import all_routes

REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
PATIENT = {
    "if18": "y",
    "name": "李建国",
    "sex": "m",
    "phone": "13822223333",
    "idcard": "610102195001011234",
    "relation": "父母",
}
"""Made-up numbers; the tests look for them in logs and database files."""


def id_number(number: int) -> str:
    """One made-up ID number after the other: a user has one patient for each."""
    return f"61010219500101{number:04d}"


def check_headers(response: httpx.Response) -> None:
    """What every answer of the product carries, and what none may."""
    headers, where = response.headers, f"{response.request.method} {response.request.url.path}"
    assert "server" not in headers, where
    assert REQUEST_ID.fullmatch(headers.get("x-request-id", "")), where
    assert headers.get("x-content-type-options") == "nosniff", where
    assert "access-control-allow-origin" not in headers, where
    assert "traceback" not in response.text.lower(), where


def check_failure(response: httpx.Response) -> dict[str, Any]:
    """A failure of the API in the one shape; its body."""
    where = f"{response.request.method} {response.request.url.path}: {response.text[:300]}"
    assert response.headers.get("content-type") == "application/json; charset=utf-8", where
    assert response.headers.get("cache-control") == "no-store", where
    body = response.json()
    always = {"code", "error", "msg", "request_id"}
    assert always <= body.keys() <= {*always, "fields"}, where
    assert isinstance(body["code"], int), where
    assert body["code"] != 0, where
    assert re.fullmatch(r"[a-z0-9_]+", body["error"]), where
    assert isinstance(body["msg"], str), where
    assert body["msg"], where
    assert body["request_id"] == response.headers["x-request-id"], where
    for sentences in body.get("fields", {}).values():
        assert sentences, where
        assert all(isinstance(sentence, str) for sentence in sentences), where
    if response.status_code == 405:
        assert response.headers.get("allow"), where
    if response.status_code == 429:
        assert int(response.headers["retry-after"]) >= 1, where
    return body


@functools.cache
def operation_of(method: str, path: str) -> Operation | None:
    """What is declared for an address below the server's root."""
    for pattern, handler, *_ in all_routes():
        if re.fullmatch(pattern, f"/{path}"):
            return getattr(getattr(handler, method.lower(), None), "operation", None)
    return None


def undeclared(schema: Schema, body: dict[str, Any], where: str = "") -> Iterator[str]:
    """The keys of a reply that its schema does not know, those of what it contains too."""
    declared = {field.data_key or name: field for name, field in schema.fields.items()}
    for name, value in body.items():
        field = declared.get(name)
        if field is None:
            yield f"{where}{name}"
        each = field.inner if isinstance(field, fields.List) else field
        if isinstance(each, fields.Nested):
            for part in value if isinstance(value, list) else [value]:
                yield from undeclared(each.schema, part or {}, f"{where}{name}.")


def check_reply(response: httpx.Response, path: str) -> None:
    """A reply is what its operation has declared: every key, and none besides."""
    declared = operation_of(response.request.method, path.partition("?")[0])
    if declared is None or declared.reply is None or "json" not in response.headers["content-type"]:
        return
    if response.request.method == "HEAD":
        assert response.content == b""
        return
    reply, body, where = declared.reply(), response.json(), f"{response.request.method} {path}"
    assert list(undeclared(reply, body)) == [], where
    assert reply.validate(body) == {}, where


class Client:
    """One device. ``warrant`` goes into the header ``Authorization`` of every request, if there is one."""

    def __init__(
        self, root: str, warrant: str = "", transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.root = root
        self.warrant = warrant
        self.http = httpx.AsyncClient(
            base_url=root,
            trust_env=False,
            verify=False,
            timeout=20,
            follow_redirects=False,
            transport=transport,
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; ``options`` are httpx's. Failures of the API must have the one shape."""
        headers = dict(options.pop("headers", None) or {})
        if self.warrant and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.warrant}"
        response = await self.http.request(method, path.lstrip("/"), headers=headers, **options)
        first = path.lstrip("/").partition("/")[0]
        if first != "sandbox":
            check_headers(response)
            if response.status_code >= 400 and first not in ("wechatpay", "admin"):
                check_failure(response)
            if response.status_code == 200:
                check_reply(response, path.lstrip("/"))
        return response

    async def get(self, path: str, status: int = 200, /, **query: Any) -> Any:
        """GET; the JSON body, after the status was compared."""
        return self._body(await self.send("GET", path, params=query or None), status)

    async def post(self, path: str, status: int = 200, /, **fields: Any) -> Any:
        """POST of a form, as released clients do it; the JSON body, after the status was compared."""
        return self._body(await self.send("POST", path, data=fields), status)

    async def post_json(self, path: str, status: int = 200, /, **fields: Any) -> Any:
        """POST of JSON; the JSON body, after the status was compared."""
        return self._body(await self.send("POST", path, json=fields), status)

    @staticmethod
    def _body(response: httpx.Response, status: int) -> Any:
        where = f"{response.request.method} {response.request.url.path}"
        assert response.status_code == status, f"{where}: {response.status_code} {response.text[:300]}"
        body = response.json()
        if status == 200 and "/sandbox/" not in response.request.url.path:
            assert body["code"] == 0
            assert isinstance(body["code"], int)
        return body

    # What a user does

    async def add_patient(self, **changes: Any) -> int:
        """Add a patient; its id."""
        return int((await self.post("user/add1friend/", **{**PATIENT, **changes}))["id"])

    async def order(self, patient_id: int, day: str, status: int = 200, /, **changes: Any) -> Any:
        """Place an order for a half-day; the reply."""
        return await self.post("user/create1order/", status, **order_fields(patient_id, day, **changes))

    async def pay(self, order: dict[str, Any], outcome: str = "success") -> dict[str, Any]:
        """Pay at the stand-in's cashier what ``create1order`` answered."""
        prepay_id = order["payment"]["package"].partition("=")[2]
        body = {"prepay_id": prepay_id, "outcome": outcome}
        response = await self.http.post("sandbox/cashier/", json=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


def order_fields(patient_id: int | str, day: str, **changes: Any) -> dict[str, Any]:
    """The fields of ``create1order`` as a released client sends them."""
    return {
        "hospitalId": 1,
        "hospitalCustom": "",
        "department": "心内科",
        "wantTime": day,
        "serviceId": 4,
        "friendid": patient_id,
        "more": "请早点到",
        **changes,
    }
