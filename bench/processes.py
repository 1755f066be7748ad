"""The server and WeChat's stand-in as processes of their own, so that they can be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import httpx

from config import ROOT, Settings, load_settings
from sandbox import Identity, load_identity
from startup import development

HOST = "127.0.0.1"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.03
PORTS = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections: one of those could take ours while the server is down."""
PR_SET_PDEATHSIG = 1


class ProcessFailed(Exception):
    """A process that should run has ended, or does not answer; the message holds its last words."""


def free_port() -> int:
    """A loopback port that nobody listens on."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ProcessFailed("no free port was found")


class Program:
    """``main.py`` with some command, on a fixed port; its output is appended to ``DATA/<name>.log``."""

    def __init__(self, name: str, data: Path, port: int, arguments: list[str], look_at: str) -> None:
        """``look_at``: path that answers 200 when the program is ready."""
        self.root = f"http://{HOST}:{port}/"
        self.environment: dict[str, str] = {}
        self.log = data / f"{name}.log"
        self.interpreter = sys.executable
        self.folder = ROOT
        """Of the checkout whose ``main.py`` runs."""
        self.entry = ["main.py"]
        """What the interpreter runs: another program that takes the same arguments, perhaps."""
        self.name, self.port = name, port
        self._look_at = look_at
        # Every start with an empty configuration file: a developer's own must not leak in.
        (data / "empty.toml").touch(mode=0o600)
        self._command = [
            *("--data", str(data), "--config", str(data / "empty.toml")),
            *arguments,
            *("--port", str(port)),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        with self.log.open("ab") as log:
            self._process = launch(
                [self.interpreter, *self.entry, *self._command], log, self.environment, self.folder
            )

    async def ready(self) -> None:
        """Wait until it answers. Raises ProcessFailed."""
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(self.root + self._look_at)).status_code == 200:
                        return
                if self._process is None or self._process.poll() is not None:
                    raise ProcessFailed(f"{self.name} has ended by itself:\n{self.last_words}")
                if time.monotonic() > deadline:
                    raise ProcessFailed(f"{self.name} does not answer:\n{self.last_words}")
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is written."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def stop(self) -> int:
        """End it in good order (SIGTERM); its exit code. Raises ProcessFailed when it does not end."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessFailed(f"{self.name} did not stop in {STOP_SECONDS:g} s") from None
        finally:
            self._process = None

    def processor_seconds(self) -> float:
        """User and system time that it has used so far; 0 where the system does not tell (not Linux), or it is gone."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()  # type: ignore[union-attr]
        except (AttributeError, OSError):
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def pid(self) -> int:
        """Of the running process. Raises ProcessFailed when there is none."""
        if self._process is None:
            raise ProcessFailed(f"{self.name} does not run")
        return self._process.pid

    @property
    def last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-3000:] if self.log.exists() else ""


def launch(
    command: list[str],
    log: IO[bytes],
    environment: dict[str, str],
    folder: Path = ROOT,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program that ends with this one; no setting of a developer leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HA_")}
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**kept, **environment},
        stdin=stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=_end_with_parent,
    )


def _end_with_parent() -> None:
    """In the new process: when the bench itself is killed, nothing is left running (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Site:
    """One data folder with a server and WeChat's stand-in beside it, each on a port of its own.

    ``database``: ``HA_DATABASE_…`` variables; empty for SQLite in the folder. ``processes``: of the server.
    """

    def __init__(self, data: Path, database: dict[str, str], processes: int = 1) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.identity: Identity = load_identity(data / "sandbox")
        self.admin_password = secrets.token_urlsafe(12)
        server_port, wechat_port = free_port(), free_port()
        self.server = Program(
            "server", data, server_port, ["serve", "--processes", str(processes)], "healthz/"
        )
        self.wechat = Program("wechat", data, wechat_port, ["sandbox"], "sandbox/identity/")
        self.wechat.environment = {"HA_SANDBOX_NOTIFY_SPEED": "60"}
        self.server.environment = {**self._wechat_settings(), **database}

    @property
    def sandbox(self) -> str:
        """WeChat's address."""
        return f"{self.wechat.root}sandbox/"

    def _wechat_settings(self) -> dict[str, str]:
        identity, base = self.identity, self.sandbox.rstrip("/")
        return {
            "HA_SERVER_MODE": "development",
            "HA_SERVER_LOG_LEVEL": "warning",
            "HA_SANDBOX_ENABLED": "false",
            "HA_WECHAT_APPID": identity.appid,
            "HA_WECHAT_SECRET": identity.secret,
            "HA_WECHAT_API_BASE": base,
            "HA_WECHAT_MESSAGE_PAID": "sandbox-template-paid",
            "HA_WECHAT_MESSAGE_REFUND": "sandbox-template-refund",
            "HA_PAY_MCHID": identity.mchid,
            "HA_PAY_SERIAL": identity.merchant_serial,
            "HA_PAY_APIV3_KEY": identity.apiv3_key,
            "HA_PAY_KEY_FILE": str(identity.merchant_private_key_path),
            "HA_PAY_PUBLIC_KEY_ID": identity.platform_public_key_id,
            "HA_PAY_PUBLIC_KEY_FILE": str(identity.platform_public_key_path),
            "HA_PAY_API_BASE": base,
            "HA_PAY_NOTIFY_URL": f"{self.server.root}wechatpay/notify/",
            "HA_ADMIN_FIRST_PASSWORD": self.admin_password,
            "HA_LIMITS_LOGIN_PER_MINUTE": "0",
            "HA_LIMITS_ORDER_PER_MINUTE": "0",
            "HA_LIMITS_ADMIN_LOGIN_PER_MINUTE": "0",
            "HA_LIMITS_WRITE_PER_MINUTE": "0",
            "HA_LIMITS_ADMIN_WRITE_PER_MINUTE": "0",
        }

    def settings(self) -> Settings:
        """What the server runs with, for looking into its database."""
        return development.with_secrets(
            load_settings(self.data, self.data / "empty.toml", self.server.environment)
        )

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run ``main.py`` with other arguments on the same data; exit code and output."""
        command = [sys.executable, "main.py", "--data", str(self.data)]
        command += ["--config", str(self.data / "empty.toml"), *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HA_")}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**kept, **self.server.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode("utf-8", "replace")

    async def start(self) -> None:
        """Start both and wait until both answer."""
        self.wechat.start()
        await self.wechat.ready()
        self.server.start()
        await self.server.ready()

    def kill(self) -> None:
        """End whatever still runs, at once."""
        self.server.kill()
        self.wechat.kill()
