"""Notifications: sealed, signed, delivered to the notify_url, repeated on WeChat's schedule.

Source: "支付成功回调通知" and "退款结果通知" of the API v3 documents. An answer of 200 or 204 within five
seconds accepts; anything else means another attempt. Everything here survives a restart.
"""

from __future__ import annotations

import asyncio
import heapq
import ssl
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from .context import SandboxContext
from .formats import rfc3339
from .signing import encrypt, probe_signature, spoiled
from .state import Notification, Order, Transfer

WAITS_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ACCEPTED = (200, 204)
AT_ONCE = 20
_ORIGINAL_TYPES = {
    "TRANSACTION": "transaction",
    "REFUND": "refund",
    "MCHTRANSFER": "mch_payment",
    "COMPLAINT": "complaint",
}
"""By the first word of the event's type."""
_SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
    "MCHTRANSFER.BILL.FINISHED": "商家转账单据终态通知",
    "COMPLAINT.CREATE": "产生新投诉",
    "COMPLAINT.STATE_CHANGE": "投诉单状态变化",
}


@dataclass(frozen=True)
class Event:
    """What is notified: ``subject`` is the number of the payment, refund or complaint, ``content`` what is encrypted,
    with the key that ``key_mode`` says."""

    type: str
    subject: str
    content: dict[str, Any]
    notify_url: str
    key_mode: str


class Notifier:
    """The queue of notifications and their delivery. ``deliver_due`` is called by the stand-in's one loop."""

    def __init__(self, context: SandboxContext, *, answer_seconds: float = 5.0) -> None:
        self._context = context
        self._answer_seconds = answer_seconds
        self._client = httpx.AsyncClient(
            timeout=answer_seconds,  # of each step; ``_attempt`` limits the whole exchange
            limits=httpx.Limits(max_keepalive_connections=4, keepalive_expiry=2.0),
            trust_env=False,
            verify=_any_certificate(),
        )
        self._free = asyncio.Semaphore(AT_ONCE)
        self._agenda: list[tuple[int, str]] = []
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._held: set[str] = set()
        self.wake = asyncio.Event()
        for record in context.state.notifications.values():
            self._plan(record)

    def announce(
        self, event: Event, about: Order | Transfer, *, lost: bool = False, copies: int = 1
    ) -> Notification:
        """Record an event; it goes out once it is durable, unless ``lost`` or a fault says otherwise."""
        now = self._context.clock()
        record = Notification(
            id=str(uuid.uuid4()),
            event_type=event.type,
            original_type=_ORIGINAL_TYPES[event.type.partition(".")[0]],
            subject=event.subject,
            out_trade_no=about.out_trade_no,
            openid=about.openid,
            notify_url=event.notify_url,
            summary=_SUMMARIES[event.type],
            content=event.content,
            created_at=now,
            due_at=now,
            key_mode=event.key_mode,
            copies=copies,
        )
        if lost:
            record.state, record.due_at = "lost", None
        else:
            self._apply_faults(record, now)
        self._context.state.keep(record)
        self._plan(record)
        return record

    def _apply_faults(self, record: Notification, now: int) -> None:
        scopes = _scopes(record)
        take = self._context.faults.take
        if fault := take("lose_notification", scopes):
            if fault["attempts"] is None:
                record.state, record.due_at = "lost", None
            else:
                record.swallow = int(fault["attempts"])
        if fault := take("duplicate_notification", scopes):
            record.copies = int(fault["copies"])
        for name in ("delay_notification", "reorder_notifications"):
            if record.state == "pending" and (fault := take(name, scopes)):
                record.due_at = now + int(fault["seconds"] * 1000)
                record.held = name == "reorder_notifications"

    def _plan(self, record: Notification) -> None:
        if record.state == "pending" and record.due_at is not None:
            heapq.heappush(self._agenda, (record.due_at, record.id))
            if record.held:
                self._held.add(record.id)
            self.wake.set()

    def next_due_at(self) -> int | None:
        return self._agenda[0][0] if self._agenda else None

    def deliver_due(self) -> None:
        """Start the attempts that are due."""
        now = self._context.clock()
        while self._agenda and self._agenda[0][0] <= now:
            _, identifier = heapq.heappop(self._agenda)
            record = self._context.state.notifications[identifier]
            if record.state == "pending" and record.due_at is not None and record.due_at <= now:
                self._start(record)

    def _start(self, record: Notification) -> asyncio.Task[None]:
        task = self._under_way.get(record.id)
        if task is None:
            task = asyncio.create_task(self._deliver(record))
            self._under_way[record.id] = task
            task.add_done_callback(lambda _: self._under_way.pop(record.id, None))
        return task

    async def deliver_now(self, record: Notification) -> None:
        """One attempt at once, waiting for the answer (unless the notification is lost)."""
        if record.state == "pending":
            await asyncio.shield(self._start(record))

    def resend(self, record: Notification) -> None:
        """Send it again, whatever became of it: by hand, as from the merchant platform."""
        record.state, record.due_at, record.held = "pending", self._context.clock(), False
        self._context.state.keep(record)
        self._plan(record)

    async def _deliver(self, record: Notification) -> None:
        # Nothing may be told that WeChat could still forget.
        await self._context.state.flush()
        async with self._free:
            if record.swallow > 0:
                record.swallow -= 1
                answers = [self._noted("lost", None, "", 0)]
            else:
                if self._context.faults.take("signtest_notification", _scopes(record)):
                    record.attempts.append(await self._attempt(record, "probe"))
                spoil = self._delivery_fault(record)
                answers = await asyncio.gather(*[self._attempt(record, spoil) for _ in range(record.copies)])
        record.attempts.extend(answers)
        self._conclude(record, any(answer["status"] in ACCEPTED for answer in answers))
        self._context.state.keep(record)
        self._plan(record)
        self._release_held(record)

    def _delivery_fault(self, record: Notification) -> str:
        for name in ("stale_timestamp", "bad_notification_signature"):
            if fault := self._context.faults.take(name, _scopes(record)):
                return f"{name}:{fault.get('seconds', 0)}"
        return ""

    def _conclude(self, record: Notification, accepted: bool) -> None:
        record.copies = 1  # only the first delivery is doubled
        rounds = record.rounds = record.rounds + 1
        if accepted:
            record.state, record.due_at = "accepted", None
        elif rounds > len(WAITS_SECONDS):
            record.state, record.due_at = "given_up", None
        else:
            wait = WAITS_SECONDS[rounds - 1] * 1000 / self._context.settings.notify_speed
            record.due_at = self._context.clock() + int(wait)

    def _release_held(self, sent: Notification) -> None:
        """A held notification follows the next one that went out."""
        self._held.discard(sent.id)
        for identifier in self._held:
            record = self._context.state.notifications[identifier]
            record.held, record.due_at = False, self._context.clock()
            self._context.state.keep(record)
            self._plan(record)
        self._held.clear()

    async def _attempt(self, record: Notification, spoil: str) -> dict[str, Any]:
        body = orjson.dumps(self._envelope(record))
        headers = self._headers(record, body, spoil)
        started = asyncio.get_running_loop().time()
        status, answer = None, ""
        try:
            async with asyncio.timeout(self._answer_seconds):
                response = await self._client.post(record.notify_url, content=body, headers=headers)
            status, answer = response.status_code, response.text[:500]
        except TimeoutError:
            answer = f"{self._answer_seconds:g} 秒内没有应答"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            answer = f"连接失败：{type(error).__name__}"
        took_ms = int((asyncio.get_running_loop().time() - started) * 1000)
        return self._noted(spoil.partition(":")[0], status, answer, took_ms, headers["Wechatpay-Serial"])

    def _noted(
        self, how: str, status: int | None, answer: str, took_ms: int, serial: str = ""
    ) -> dict[str, Any]:
        return {
            "at": self._context.clock(),
            "how": how,
            "status": status,
            "answer": answer,
            "took_ms": took_ms,
            "serial": serial,
        }

    def _envelope(self, record: Notification) -> dict[str, Any]:
        sealed = encrypt(self._context.identity.apiv3_key, orjson.dumps(record.content), record.original_type)
        return {
            "id": record.id,
            "create_time": rfc3339(record.created_at),
            "resource_type": "encrypt-resource",
            "event_type": record.event_type,
            "summary": record.summary,
            "resource": {"original_type": record.original_type, **sealed},
        }

    def _headers(self, record: Notification, body: bytes, spoil: str) -> dict[str, str]:
        timestamp = self._context.clock() // 1000
        how, _, seconds = spoil.partition(":")
        if how == "stale_timestamp":
            timestamp -= int(float(seconds))
        signer = self._context.signer("notifications", record.key_mode, _scopes(record))
        headers = signer.headers(body, timestamp)
        if how == "bad_notification_signature":
            headers["Wechatpay-Signature"] = spoiled(headers["Wechatpay-Signature"])
        elif how == "probe":
            headers["Wechatpay-Signature"] = probe_signature(headers["Wechatpay-Signature"])
        return {
            **headers,
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Mozilla/4.0",
            "Request-ID": uuid.uuid4().hex,
        }

    async def close(self) -> None:
        """Give up what is under way; it is still pending and goes out again after the next start."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()


def _any_certificate() -> ssl.SSLContext:
    """A development server may speak HTTPS with a certificate that nobody signed; its answers are no secret."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _scopes(record: Notification) -> list[str]:
    return [record.out_trade_no, record.subject, record.openid, record.id]
