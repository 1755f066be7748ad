"""The stand-in as one object: opened and closed with the server that carries it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .bills import Bills
from .cashier import Cashier
from .faults import Faults
from .identity import Identity, load_identity
from .login import Login
from .messages import Messages
from .notifications import Notifier
from .pay import Payments
from .refunds import Refunds
from .settings import Settings, read_settings
from .signing import Keyring
from .state import State
from .store import Store
from .world import World

log = logging.getLogger("sandbox")
LONGEST_SLEEP_SECONDS = 0.25  # a clock that tests move is noticed within this


def real_clock() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class Sandbox:
    """WeChat's side: login, WeChat Pay, subscribe messages, a cashier, faults; state in `folder`.

    Making one generates or reads the identity and nothing more; `start` opens the state and begins to
    deliver notifications, `stop` ends that.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], int] = real_clock,
        request_clock: Callable[[], int] = real_clock,
        notify_speed: float = 1.0,
        refund_seconds: float = 1.0,
        bill_any_day: bool = False,
        answer_seconds: float = 5.0,
        public_url: str = "",
    ) -> None:
        """Options, all of them optional:

        - `clock`: dates everything (ms, UTC).
        - `request_clock`: only judges how fresh a request's signature is, because the merchant's library
          signs with the real time.
        - `notify_speed`: divides WeChat's waiting times; `refund_seconds`: how long a refund is PROCESSING;
          `bill_any_day`: offer bills of today and of empty days too. All three are first values of switches.
        - `answer_seconds`: how long a notified server may think.
        - `public_url`: up to and including the mount; replaces the requested address in the download URL of
          bills, for a proxy that strips a prefix.
        """
        self.folder = folder
        self.identity: Identity = load_identity(folder)
        self.clock = clock
        self.request_clock = request_clock
        self.public_url = public_url.rstrip("/")
        self._answer_seconds = answer_seconds
        self._defaults = {
            "notify_speed": notify_speed,
            "refund_seconds": refund_seconds,
            "bill_any_day": bill_any_day,
        }
        self._world: World | None = None
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the state and take up where the last run ended. Raises store.FolderInUse."""
        if self._world is not None:
            return
        store = Store(self.folder)
        state = State(store)
        settings = read_settings(store, **self._defaults)
        world = World(self.identity, Keyring(self.identity), self.clock, state, Faults(store), settings)
        self.store = store
        self.notifier = Notifier(world, answer_seconds=self._answer_seconds)
        self.payments = Payments(world, self.notifier)
        self.refunds = Refunds(world, self.notifier)
        self.bills = Bills(world)
        self.cashier = Cashier(world, self.payments, self.notifier)
        self.login = Login(world)
        self.messages = Messages(world, self.login)
        self._world = world
        self._loop_task = asyncio.create_task(self._run(), name="sandbox")

    @property
    def world(self) -> World:
        """Everything remembered. Raises RuntimeError before `start`."""
        if self._world is None:
            raise RuntimeError("the sandbox has not been started")
        return self._world

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def routes(self, prefix: str = r"/sandbox") -> list[Any]:
        """Tornado rules for everything below `prefix` (a regular expression), except `prefix`/client/."""
        from .routes import routes  # handlers know this class

        return routes(self, prefix)

    async def settle_due(self) -> None:
        """Do now what is due now: decide refunds, start deliveries. The background loop does the same."""
        self.refunds.settle_due()
        self.notifier.deliver_due()
        await self.world.state.flush()

    async def _run(self) -> None:
        wake = self.notifier.wake
        while True:
            wake.clear()
            try:
                await self.settle_due()
            except Exception:
                # A full disk, say: what is due stays due, and requests report the failure themselves.
                log.exception("the sandbox could not do what is due")
                await asyncio.sleep(1)
            try:
                async with asyncio.timeout(self._pause()):
                    await wake.wait()
            except TimeoutError:
                pass

    def _pause(self) -> float:
        due = [at for at in (self.refunds.next_due_at(), self.notifier.next_due_at()) if at is not None]
        if not due:
            return LONGEST_SLEEP_SECONDS
        return min(max(min(due) - self.clock(), 1) / 1000, LONGEST_SLEEP_SECONDS)

    async def stop(self) -> None:
        """Stop delivering, write everything down, let the folder go. Idempotent."""
        if self._world is None or self._loop_task is None:
            return
        self._loop_task.cancel()
        await asyncio.gather(self._loop_task, return_exceptions=True)
        await self.notifier.close()
        await self.store.close()
        self._world = None
