"""An operation of the API: what goes in, what comes out, how it may fail; declared where it is written.

The decorator loads the input through its schema, hands it to the method, and writes the dict that comes back.
The same declaration becomes the API document (``handlers/documents.py``).
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from marshmallow import Schema

from frozen_dataclasses import frozen

Method = Callable[..., Awaitable[dict[str, Any] | None]]


@frozen()
class Operation:
    """``auth``: "" for everybody, "user" for a warrant, "escort" for that of a user whose escort is
    approved, "admin" for an administrator's session. ``reply`` is a class, of which only the
    API document makes one: a reply is a dict."""

    body: Schema | None
    query: Schema | None
    reply: type[Schema] | None
    auth: str
    errors: tuple[int, ...]
    upload: str
    summary: str


def summary_of(docstring: str | None) -> str:
    """A docstring as one line of Markdown, which has single backticks."""
    return " ".join((docstring or "").split()).replace("``", "`")


def operation(
    *,
    body: Schema | None = None,
    query: Schema | None = None,
    reply: type[Schema] | None = None,
    auth: str = "",
    errors: tuple[int, ...] = (),
    upload: str = "",
) -> Callable[[Method], Method]:
    """Declare a handler method; its docstring is the summary. ``upload``: name of a file field (multipart).

    The method is called with the loaded input as its one argument (after those of the path), if it has any.
    """

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        async def run(handler: Any, *path: str) -> None:
            handler.require(auth)
            await handler.limit_caller()
            loaded = []
            if query is not None:
                loaded.append(query.load(handler.query_fields))
            if body is not None:
                loaded.append(body.load(handler.body_fields))
            result = await method(handler, *path, *loaded)
            if result is not None:
                handler.reply({"code": 0, **result})

        run.operation = Operation(  # type: ignore[attr-defined]
            body, query, reply, auth, errors, upload, summary_of(method.__doc__)
        )
        return run

    return decorate
