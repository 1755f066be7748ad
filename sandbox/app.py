"""The stand-in as an application of its own, for ``main.py sandbox`` and for tests."""

from __future__ import annotations

from tornado.web import Application, RedirectHandler

from .service import Sandbox


def make_app(sandbox: Sandbox, prefix: str = r"/sandbox") -> Application:
    """An application that carries nothing but the stand-in. The caller starts and stops ``sandbox``."""
    return Application(
        [
            *sandbox.routes(prefix),
            (r"/", RedirectHandler, {"url": "sandbox/", "permanent": False}),
        ]
    )
