"""A bare Tornado handler that answers with as many bytes as it is asked for: ``python -m bench.api.bare_app PORT``."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from tornado.web import Application, RequestHandler


class Bare(RequestHandler):
    def get(self, size: str) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.write(b"x" * int(size))


async def main(port: int) -> None:
    Application([(r"/([0-9]+)", Bare)]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
