"""A small business with WeChat's stand-in behind real HTTP: what the model test drives.

Server and stand-in share one clock, which only moves when told to. Each act ends when everything that it set off
has ended too (notifications delivered, late requests landed), so that a run depends on its steps alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from accounts.alarm_counter import AlarmCounter
from accounts.security_events import SecurityEvents
from clock import HOUR, MINUTE, day_bounds, now_ms, shanghai_date
from config import Settings, load_settings
from handlers.wechat import notifications
from orders.serving import EscortUnavailable
from orders.transitions import TransitionRefused
from payment.problems import PaymentError
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.bills.parsing import BillError
from payment.wechatpay.errors import GatewayError
from payment.wechatpay.gateway import Gateway, Limits
from refusals import Refused
from sandbox import Sandbox
from startup import wiring
from startup.development import with_sandbox, with_secrets
from storage import Contention, Storage, Transaction
from storage.models import MemberRole, MemberScope, User
from tests.model.process import Process

USERS, ESCORTS = 3, 2
PATIENTS = (1, 2)
ANSWER_WITHIN = 0.5
"""Seconds that the gateway waits; ``SLOW`` is what the stand-in's slow replies take."""
SLOW = 0.6
BILL_READY = 10 * HOUR + 5 * MINUTE
REFUSALS = (
    PaymentError,
    Refused,
    GatewayError,
    TransitionRefused,
    EscortUnavailable,
    BadBill,
    BillError,
    Contention,
)
"""How an act may end other than well. Anything else that is raised is a defect."""


class Defects(logging.Handler):
    """Collects what the server logs with a traceback or as a failed request: nothing of that may happen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.name == "hospital.http":
            text = record.getMessage()
            if record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            self.found.append(text)


class System:
    """``keys``: a folder with the stand-in's identity, copied for each system because making keys is slow."""

    def __init__(self, folder: Path, keys: Path, storage: Storage, counts: Counter[str]) -> None:
        self.counts = counts
        self.storage = storage
        self.folder = folder
        self._keys = keys
        # Nine in the morning: bills of the day before are not ready yet, an hour later they are.
        self.at = day_bounds(shanghai_date(now_ms()))[0] + 9 * HOUR
        self.paid_after_close: set[str] = set()
        """Numbers that were paid although WeChat had confirmed their close."""
        self.mismatched_amounts: set[str] = set()
        """Numbers on which WeChat took another sum than was asked for: such money is for a human, for good."""
        self.prepaid: list[tuple[str, dict[str, str]]] = []
        """What users were given to pay with: openid and the parameters of ``wx.requestPayment``."""
        self.killed_processes: list[tuple[Process, asyncio.Task[Any]]] = []
        self.defects = Defects()

    def clock(self) -> int:
        return self.at

    # Opening and closing

    async def open(self) -> None:
        logging.getLogger("hospital").addHandler(self.defects)
        folder = self.folder / "sandbox"
        folder.mkdir(parents=True)
        for file in self._keys.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        self.sandbox = Sandbox(folder, clock=self.clock, answer_seconds=3.0)
        await self.sandbox.start()
        self.sandbox.settings.refund_interval_seconds = 60.0
        services = SimpleNamespace(
            payments=None,
            storage=self.storage,
            clock=self.clock,
            settings=load_settings(folder, environment={}),
            security=SecurityEvents(),
            alarms=AlarmCounter(self.storage, self.clock),
        )
        self._services = services
        sockets = bind_sockets(0, "127.0.0.1")
        self.server = HTTPServer(
            Application([*self.sandbox.routes(), *notifications.routes], services=services)
        )
        self.server.add_sockets(sockets)
        address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        self.settings = self._configured(address)
        keys = wiring.platform_keys(self.settings, self.clock)
        limits = Limits(deadline=ANSWER_WITHIN)
        self.gateway = Gateway(
            wiring.merchant(self.settings),
            keys,
            base_url=self.settings.pay.api_base,
            limits=limits,
            clock=self.clock,
        )
        await self.gateway.open()
        self.phone = httpx.AsyncClient(base_url=f"{address}/sandbox/", trust_env=False, timeout=5.0)
        self.process, self.other = self._new_process("first"), self._new_process("other")
        services.payments = self.process.payments
        await self._people()

    def _configured(self, address: str) -> Settings:
        settings = with_secrets(load_settings(self.folder, environment={}))
        settings = with_sandbox(settings, self.sandbox.identity, address)
        return settings.replace("pay", use_certificates=True)  # both key modes, as during a switch

    def _new_process(self, name: str) -> Process:
        return Process(name, self.storage, self.gateway, self.settings, self.clock)

    async def _people(self) -> None:
        self.users: list[User] = []
        for number in range(USERS + ESCORTS):
            self.users.append(await self._user(f"oModel{number}"))
        self.users, carers = self.users[:USERS], self.users[USERS:]
        await self.storage.run(self._share)
        self.escorts: list[int] = []
        for carer in carers:
            self.escorts.append(await self._escort(carer))

    async def _share(self, tx: Transaction) -> None:
        """Everybody may pay for the patients of the one before them."""
        for owner in self.users:
            for patient_id in PATIENTS:
                payer = self.payer_for(owner.id)
                await tx.members.add(
                    owner.id, payer.id, MemberScope.PATIENT, patient_id, MemberRole.PAYER, self.at
                )

    def payer_for(self, owner_id: int) -> User:
        """The one who may pay the orders of this user, too."""
        place = next(number for number, user in enumerate(self.users) if user.id == owner_id)
        return self.users[(place + 1) % USERS]

    async def _escort(self, carer: User) -> int:
        await self.storage.run(lambda tx: tx.escorts.apply(carer.id, "陪诊员", "", "", self.at))
        async with self.storage.reading() as reader:
            escort = await reader.escorts.of_user(carer.id)
        assert escort is not None
        await self.storage.run(lambda tx: tx.escorts.move(escort.id, "pending", "approved", self.at))
        return escort.id

    async def _user(self, openid: str) -> User:
        user_id = await self.storage.run(lambda tx: tx.users.find_or_add(openid, self.at))
        async with self.storage.reading() as reader:
            user = await reader.users.get(user_id)
        assert user is not None
        return user

    async def close(self) -> None:
        logging.getLogger("hospital").removeHandler(self.defects)
        for process, task in self.killed_processes:
            process.interruption.bury()
            task.cancel()
        await asyncio.gather(*(task for _, task in self.killed_processes), return_exceptions=True)
        await self.phone.aclose()
        await self.gateway.close()
        await self.sandbox.stop()
        self.server.stop()
        await self.server.close_all_connections()

    # Acting

    async def act(self, name: str, work: Callable[[Process], Awaitable[Any]], manner: tuple[str, int]) -> Any:
        """Do something in the server's process, in a manner: ``plain``, ``cancel`` or ``die`` (at the n-th point),
        ``race`` (while another process sweeps) or ``twice`` (in two processes at once, as at a double tap).
        What it gave, or None when it was refused or cut short."""
        how, points = manner
        slow_before = self._slow_faults()
        tasks = [asyncio.ensure_future(work(self.process))]
        if how == "race":
            tasks.append(asyncio.ensure_future(self.other.sweeper.run_once()))
        elif how == "twice":
            tasks.append(asyncio.ensure_future(work(self.other)))
        if how in ("cancel", "die"):
            await self._interrupted(tasks[0], how, points)
        else:
            await asyncio.wait(tasks)
        await self.calm(late_requests=self._slow_faults() < slow_before)
        outcomes = [self._outcome(name, task) for task in tasks]
        return outcomes[0]

    async def _interrupted(self, task: asyncio.Task[Any], how: str, points: int) -> None:
        process = self.process
        process.interruption.arm(how, points, task)
        struck = asyncio.ensure_future(process.interruption.struck.wait())
        await asyncio.wait({task, struck}, return_when=asyncio.FIRST_COMPLETED)
        struck.cancel()
        if process.interruption.dead:
            self.counts["interrupted: killed"] += 1
            self.killed_processes.append((process, task))
            await self.server.close_all_connections()  # the operating system does that for a dead process
            await self.restart()
            return
        if process.interruption.struck.is_set():
            self.counts["interrupted: cancelled"] += 1
        await asyncio.wait({task})
        process.interruption.disarm()

    def _outcome(self, name: str, task: asyncio.Task[Any]) -> Any:
        if not task.done() or task.cancelled():
            self.counts[f"{name}: cut short"] += 1
            return None
        error = task.exception()
        if error is None:
            self.counts[f"{name}: done"] += 1
            return task.result()
        if isinstance(error, REFUSALS):
            self.counts[f"{name}: {type(error).__name__}"] += 1
            return None
        raise error

    async def restart(self) -> None:
        """A new process on the same database: nothing that was in memory is left."""
        self.process = self._new_process("next")
        self._services.payments = self.process.payments

    def _slow_faults(self) -> int:
        return sum(fault.fault == "slow" for fault in self.sandbox.context.faults.active())

    async def calm(self, *, late_requests: bool = False) -> None:
        """Wait until all that is due now has happened: refunds decided, notifications delivered, late requests in."""
        if late_requests:
            await asyncio.sleep(SLOW + 0.1)
        notifier = self.sandbox.notifier
        while True:
            await self.sandbox.settle_due()
            under_way = list(notifier._under_way.values())
            if under_way:
                await asyncio.wait(under_way)
                continue
            due_at = notifier.next_due_at()
            if due_at is None or due_at > self.at:
                return
            await asyncio.sleep(0)

    async def pass_time(self, milliseconds: int) -> None:
        self.at += milliseconds
        await self.calm()

    def billed_days(self) -> list[str]:
        """The Shanghai days on which money moved and whose bills WeChat has by now, oldest first."""
        state = self.sandbox.context.state
        moved = {
            shanghai_date(charge.paid_at) for charge in state.orders.values() if charge.paid_at is not None
        }
        moved |= {shanghai_date(payback.created_at) for payback in state.refunds.values()}
        return sorted(day for day in moved if self.at >= day_bounds(day)[1] + BILL_READY)
