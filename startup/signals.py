"""What a running server is told by signals: SIGTERM and SIGINT end it, SIGHUP makes it take up what was renewed."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from collections.abc import Callable

from config import ConfigError, Settings
from startup import output
from startup.tls import load_into, server_context

logger = logging.getLogger("hospital.server")


class Signals:
    """``reread``: gives the settings as they are in the file now. Raises ConfigError."""

    def __init__(self, reread: Callable[[], Settings] | None = None) -> None:
        self._reread = reread
        self.tls: ssl.SSLContext | None = None
        """What the server uses for TLS; a renewed certificate is loaded into it."""
        self.stopping = asyncio.Event()
        self._insisted = asyncio.Event()

    def listen(self) -> None:
        """From now on signals of the process come here."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def _stop(self) -> None:
        if self.stopping.is_set():
            self._insisted.set()
        self.stopping.set()

    async def delay(self, seconds: float) -> None:
        """Go on serving for a while; a second signal ends the wait."""
        try:
            async with asyncio.timeout(seconds):
                await self._insisted.wait()
        except TimeoutError:
            pass

    def reload(self) -> None:
        """Take up the log level and a renewed certificate. What cannot be used is logged, and all stays as it was."""
        if self._reread is None:
            return
        try:
            settings = self._reread()
            if self.tls is not None and settings.server.tls_certificate:
                server_context(
                    settings
                )  # tried first: a context that half took a new pair would serve nobody
                load_into(self.tls, settings)
        except ConfigError as error:
            logger.error("SIGHUP: nothing was taken up: %s", error)
            return
        output.log_to_stderr(settings.server.log_level)
        logger.warning(
            "SIGHUP: log level %s%s", settings.server.log_level, "; certificate loaded" if self.tls else ""
        )
