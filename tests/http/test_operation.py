"""What the declaration of an operation does with a request, and what it leaves for the API's document."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from handlers.operation import operation


class Asked(Schema):
    page = fields.Integer(load_default=1)


class Sent(Schema):
    name = fields.String(required=True)


class Caller:
    """What an operation needs of a handler; remembers what happened in which order."""

    def __init__(self, body: dict[str, Any], query: dict[str, Any] | None = None, refused: str = "") -> None:
        self.body_fields, self.query_fields = body, query or {}
        self.refused, self.did, self.replies = refused, list[str](), list[dict[str, Any]]()

    def require(self, auth: str) -> None:
        self.did.append(f"require {auth}")
        if self.refused == "auth":
            raise PermissionError

    async def limit_caller(self) -> None:
        self.did.append("limit")
        if self.refused == "limit":
            raise BlockingIOError

    def reply(self, body: dict[str, Any]) -> None:
        self.replies.append(body)


@operation(body=Sent, query=Asked, reply=Sent, auth="user", errors=(404, 409), upload="photo")
async def change(handler: Caller, number: str, asked: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Change ``name``,
    and say so."""
    handler.did.append("method")
    return {"number": number, **asked, **sent}


@operation()
async def ask(handler: Caller) -> None:
    handler.did.append("method")


async def test_the_caller_is_known_and_counted_before_anything_is_read_and_the_reply_has_a_code() -> None:
    caller = Caller({"name": "王芳"}, {"page": "3"})
    await change(caller, "5")
    assert caller.did == ["require user", "limit", "method"]
    assert caller.replies == [{"code": 0, "number": "5", "page": 3, "name": "王芳"}]


@pytest.mark.parametrize(
    ("refused", "error", "did"),
    [("auth", PermissionError, ["require user"]), ("limit", BlockingIOError, ["require user", "limit"])],
)
async def test_who_is_refused_is_told_nothing_of_their_input(
    refused: str, error: type[Exception], did: list[str]
) -> None:
    caller = Caller({}, {"page": "x"}, refused)
    with pytest.raises(error):
        await change(caller, "5")
    assert (caller.did, caller.replies) == (did, [])


@pytest.mark.parametrize(("body", "query"), [({}, {}), ({"name": "x"}, {"page": "x"})])
async def test_input_that_does_not_load_never_reaches_the_method(
    body: dict[str, Any], query: dict[str, Any]
) -> None:
    caller = Caller(body, query)
    with pytest.raises(ValidationError):
        await change(caller, "5")
    assert "method" not in caller.did


async def test_a_method_without_an_answer_has_answered_by_itself() -> None:
    caller = Caller({})
    await ask(caller)
    assert (caller.did, caller.replies) == (["require ", "limit", "method"], [])


def test_the_document_is_told_what_was_declared() -> None:
    async def method(handler: Caller) -> None:
        """Say ``hello``
        to all."""

    body, query, reply = Sent, Asked, Sent
    made: Any = operation(body=body, query=query, reply=reply, auth="escort", errors=(404,), upload="photo")(
        method
    )
    told = made.operation
    assert (told.body, told.query, told.reply) == (body, query, reply)
    assert (told.auth, told.errors, told.upload) == ("escort", (404,), "photo")
    assert told.summary == "Say `hello` to all."
    assert made.__name__ == "method"
    bare: Any = ask
    assert (bare.operation.body, bare.operation.auth, bare.operation.summary) == (None, "", "")
