"""The stand-in without its addresses: what is remembered, what is done by itself, opened and closed together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from .bills import Bills
from .cashier import Cashier
from .complaints import Complaints
from .content import ContentChecks
from .content_pictures import PictureChecks
from .context import SandboxContext
from .faults import Faults
from .identity import Identity, load_identity
from .links import Links
from .login import Login
from .messages import Messages
from .notifications import Notifier
from .pay import Payments
from .phone_numbers import PhoneNumbers
from .pushes import Pushes
from .refunds import Refunds
from .settings import Settings, read_settings
from .shipping import Shipping
from .signing import Keyring
from .state import State
from .store import Store
from .transfers import Transfers

logger = logging.getLogger("sandbox")
MAX_SLEEP_SECONDS = 0.25  # a clock that tests move is noticed within this


def real_clock() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class SandboxCore:
    """WeChat's side: login, WeChat Pay, subscribe messages, a cashier, faults; state in ``folder``.

    Making one generates or reads the identity and nothing more; ``start`` opens the state and begins to
    deliver notifications, ``stop`` ends that.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], int] = real_clock,
        request_clock: Callable[[], int] = real_clock,
        answer_seconds: float = 5.0,
        public_url: str = "",
        **switches: float,
    ) -> None:
        """Options, all of them optional:

        - ``clock``: dates everything (ms, UTC).
        - ``request_clock``: only judges how fresh a request's signature is, because the merchant's library
          signs with the real time.
        - ``answer_seconds``: how long a notified server may think.
        - ``public_url``: up to and including the mount; replaces the requested address in the download URL of
          bills, for a proxy that strips a prefix.
        - ``switches``: what fields of ``Settings`` are as long as nobody has set them by hand, such as
          ``notify_speed``, ``refund_seconds``, ``bill_any_day``.
        """
        self.folder = folder
        self.identity: Identity = load_identity(folder)
        self.clock = clock
        self.request_clock = request_clock
        self.public_url = public_url.rstrip("/")
        self._answer_seconds = answer_seconds
        self._switches = switches
        self._push_url = ""
        self._context: SandboxContext | None = None
        self._loop_task: asyncio.Task[None] | None = None

    def push_to(self, url: str) -> None:
        """Where events are pushed to from now on, as if it had been saved in WeChat's back end; empty: nowhere."""
        self._push_url = url
        if self._context is not None:
            self.pushes.url = url

    async def start(self) -> None:
        """Open the state and take up where the last run ended. Raises store.FolderInUse."""
        if self._context is not None:
            return
        store = Store(self.folder)
        state = State(store)
        settings = read_settings(store, **self._switches)
        context = SandboxContext(
            self.identity, Keyring(self.identity), self.clock, state, Faults(store), settings
        )
        self.store = store
        self.notifier = Notifier(context, answer_seconds=self._answer_seconds)
        self.payments = Payments(context, self.notifier)
        self.refunds = Refunds(context, self.notifier)
        self.transfers = Transfers(context, self.notifier)
        self.complaints = Complaints(context, self.notifier, self.refunds)
        self.bills = Bills(context)
        self.cashier = Cashier(context, self.payments, self.notifier)
        self.login = Login(context)
        self.pushes = Pushes(
            context, self.notifier.wake, url=self._push_url, answer_seconds=self._answer_seconds
        )
        self.messages = Messages(context, self.login, self.pushes)
        self.phone_numbers = PhoneNumbers(context, self.login)
        self.links = Links(context, self.login)
        self.content = ContentChecks(context, self.login)
        self.shipping = Shipping(context, self.pushes.tell_of_payment)
        self.pictures = PictureChecks(context, self.content, self.pushes.tell)
        self._context = context
        self._loop_task = asyncio.create_task(self._run(), name="sandbox")

    @property
    def context(self) -> SandboxContext:
        """Everything remembered. Raises RuntimeError before ``start``."""
        if self._context is None:
            raise RuntimeError("the sandbox has not been started")
        return self._context

    @property
    def settings(self) -> Settings:
        return self.context.settings

    async def settle_due(self) -> None:
        """Do now what is due now: decide refunds and transfers, start deliveries. The background loop does the same."""
        self.refunds.settle_due()
        self.transfers.settle_due()
        self.complaints.settle_due()
        self.shipping.settle_due()
        self.notifier.deliver_due()
        self.pushes.deliver_due()
        await self.pictures.settle_due()
        await self.context.state.flush()

    async def _run(self) -> None:
        wake = self.notifier.wake
        while True:
            wake.clear()
            try:
                await self.settle_due()
            except Exception:
                # A full disk, say: what is due stays due, and requests report the failure themselves.
                logger.exception("the sandbox could not do what is due")
                await asyncio.sleep(1)
            try:
                async with asyncio.timeout(self._pause()):
                    await wake.wait()
            except TimeoutError:
                pass

    def _pause(self) -> float:
        parts = (self.refunds, self.transfers, self.notifier, self.pictures, self.pushes)
        due = [at for part in parts if (at := part.next_due_at()) is not None]
        if not due:
            return MAX_SLEEP_SECONDS
        return min(max(min(due) - self.clock(), 1) / 1000, MAX_SLEEP_SECONDS)

    async def stop(self) -> None:
        """Stop delivering, write everything down, let the folder go. Idempotent."""
        if self._context is None or self._loop_task is None:
            return
        self._loop_task.cancel()
        await asyncio.gather(self._loop_task, return_exceptions=True)
        await self.notifier.close()
        await self.pushes.close()
        await self.pictures.close()
        await self.store.close()
        self._context = None
