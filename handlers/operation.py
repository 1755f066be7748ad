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
    approved, "admin" for an administrator's session. Schemas are classes: of ``body`` and ``query``
    the first request makes one (``loader_of``), of ``reply`` only the API document: a reply is a dict."""

    body: type[Schema] | None
    query: type[Schema] | None
    reply: type[Schema] | None
    auth: str
    errors: tuple[int, ...]
    upload: str
    summary: str

    @property
    def inputs(self) -> list[Schema]:
        """Of ``query`` and ``body``, what loads them."""
        return [loader_of(schema) for schema in (self.query, self.body) if schema is not None]


def summary_of(docstring: str | None) -> str:
    """A docstring as one line of Markdown, which has single backticks."""
    return " ".join((docstring or "").split()).replace("``", "`")


@functools.cache
def loader_of(schema: type[Schema]) -> Schema:
    """The one that loads all inputs of this kind, made for the first: each copies its fields, 0.5 MB together."""
    return schema()


def operation(
    *,
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
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
                loaded.append(loader_of(query).load(handler.query_fields))
            if body is not None:
                loaded.append(loader_of(body).load(handler.body_fields))
            result = await method(handler, *path, *loaded)
            if result is not None:
                handler.reply({"code": 0, **result})

        run.operation = Operation(  # type: ignore[attr-defined]
            body, query, reply, auth, errors, upload, summary_of(method.__doc__)
        )
        return run

    return decorate
