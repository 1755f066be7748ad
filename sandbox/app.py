"""The stand-in as an application of its own, for ``main.py sandbox`` and for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tornado.web import Application, RedirectHandler

from .service import Sandbox


def make_app(sandbox: Sandbox, prefix: str = r"/sandbox", extra: Sequence[Any] = ()) -> Application:
    """An application that carries nothing but the stand-in, and ``extra`` routes before its own. The caller starts and
    stops ``sandbox``."""
    return Application(
        [
            *extra,
            *sandbox.routes(prefix),
            (r"/", RedirectHandler, {"url": "sandbox/", "permanent": False}),
        ]
    )
