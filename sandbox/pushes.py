"""The message push: events are told to the server at one address, in WeChat's way.

Cut after five seconds, three attempts, then silence for ever. Source: "消息推送".
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from .context import SandboxContext
from .push_envelope import seal, sign, to_text
from .state import Order, Record

ATTEMPTS = 3
PAUSE_MS = 1000
GHOST = "gh_0123456789ab"
"""The account's own name, as ToUserName has it."""
ANSWERS = ("success", "")
PLATFORM_EVENTS = ("user_authorization_revoke", "user_authorization_cancellation", "user_info_modified")
"""Events that come from the platform, and say in OpenID whom they are about."""
SPOILT = ("push_bad_signature", "push_wrong_appid", "push_bad_padding", "push_stale_timestamp")


@dataclass
class Push(Record):
    """One event with every attempt to tell of it. ``due_at`` None: no more; ``held``: it waits for another one to
    overtake it."""

    kind: ClassVar[str] = "push"
    key_field: ClassVar[str] = "id"

    id: str
    event: str
    openid: str
    message: dict[str, Any]
    created_at: int
    due_at: int | None
    state: str = "pending"  # pending, accepted, lost, given_up
    copies: int = 1
    held: bool = False
    rounds: int = 0
    attempts: list[dict[str, Any]] = field(default_factory=list)


class Pushes:
    """The queue and its delivery. ``url`` empty: the push is not configured, and nothing is told. ``wake`` tells the
    stand-in's loop that something is due."""

    def __init__(
        self, context: SandboxContext, wake: asyncio.Event, *, url: str = "", answer_seconds: float = 5.0
    ) -> None:
        self._context = context
        self._wake = wake
        self.url = url
        self._answer_seconds = answer_seconds
        self._http = httpx.AsyncClient(timeout=answer_seconds, trust_env=False, verify=_any_certificate())
        self._under_way: dict[str, asyncio.Task[None]] = {}
        found = [Push(**body) for _, body in context.state.store.read(Push.kind)]
        self.pushes = {item.id: item for item in sorted(found, key=lambda item: item.created_at)}

    # What is told

    def tell(self, event: str, openid: str, fields: dict[str, Any]) -> Push | None:
        """Something has happened; it goes out once it is durable. None: the push is not configured."""
        if not self.url:
            return None
        now = self._context.clock()
        from_platform = event in PLATFORM_EVENTS
        message = {
            "ToUserName": GHOST,
            "FromUserName": "weixin" if from_platform else openid,
            "CreateTime": now // 1000,
            "MsgType": "event",
            "Event": event,
            **({" OpenID": openid, " AppID": self._context.identity.appid} if from_platform else {}),
            **fields,
        }
        push = Push(f"p_{secrets.token_hex(8)}", event, openid, message, now, now)
        self._apply_faults(push, now)
        self._keep(push)
        self._wake.set()
        return push

    def tell_of_payment(self, event: str, order: Order, fields: dict[str, Any]) -> None:
        """Something about a payment."""
        known = {
            "transaction_id": order.transaction_id,
            "merchant_id": self._context.identity.mchid,
            "sub_merchant_id": "",
            "merchant_trade_no": order.out_trade_no,
            "pay_time": (order.paid_at or 0) // 1000,
        }
        self.tell(event, order.openid, {**known, **fields})

    def _apply_faults(self, push: Push, now: int) -> None:
        take, scopes = self._context.faults.take, [push.openid, push.event]
        if take("push_lost", scopes):
            push.state, push.due_at = "lost", None
        if fault := take("push_duplicate", scopes):
            push.copies = int(fault["copies"])
        if push.state == "pending" and (fault := take("push_reorder", scopes)):
            push.due_at, push.held = now + int(fault["seconds"] * 1000), True
        if take("push_number_as_text", scopes):
            push.message = _numbers_as_text(push.message)
        listed = push.message.get("List")
        if isinstance(listed, list) and len(listed) == 1 and take("push_single_list", scopes):
            push.message = {**push.message, "List": listed[0]}

    def _keep(self, push: Push) -> None:
        self.pushes[push.id] = push
        self._context.state.store.put(push.kind, push.id, push.document())

    # Delivery

    def next_due_at(self) -> int | None:
        return min((push.due_at for push in self._waiting() if push.due_at is not None), default=None)

    def deliver_due(self) -> None:
        """Start the attempts that are due."""
        now = self._context.clock()
        for push in self._waiting():
            if push.due_at is not None and push.due_at <= now:
                self._start(push)

    def _waiting(self) -> list[Push]:
        return [
            push
            for push in self.pushes.values()
            if push.state == "pending" and push.id not in self._under_way
        ]

    async def deliver_now(self, push: Push) -> None:
        """One attempt at once, waiting for the answer."""
        if push.state == "pending":
            await asyncio.shield(self._start(push))

    def resend(self, push: Push) -> None:
        """Tell of it again, whatever became of it: what WeChat never does by itself."""
        push.state, push.due_at, push.held, push.rounds = "pending", self._context.clock(), False, 0
        self._keep(push)
        self._wake.set()

    def _start(self, push: Push) -> asyncio.Task[None]:
        task = self._under_way.get(push.id)
        if task is None:
            task = asyncio.create_task(self._deliver(push))
            self._under_way[push.id] = task
            task.add_done_callback(lambda _: self._under_way.pop(push.id, None))
        return task

    async def _deliver(self, push: Push) -> None:
        await self._context.state.flush()
        spoil, value = self._spoil(push)
        answers = await asyncio.gather(*[self._attempt(push, spoil, value) for _ in range(push.copies)])
        push.attempts.extend(answers)
        push.copies, push.rounds = 1, push.rounds + 1  # only the first delivery is doubled
        if any(answer["accepted"] for answer in answers):
            push.state, push.due_at = "accepted", None
        elif push.rounds >= ATTEMPTS:
            push.state, push.due_at = "given_up", None
        else:
            push.due_at = self._context.clock() + int(PAUSE_MS / self._context.settings.notify_speed)
        self._keep(push)
        for held in [each for each in self._waiting() if each.held and each is not push]:
            held.held, held.due_at = False, self._context.clock()
            self._keep(held)
        await self._context.state.flush()
        self._wake.set()

    def _spoil(self, push: Push) -> tuple[str, Any]:
        for name in SPOILT:
            if fault := self._context.faults.take(name, [push.openid, push.event]):
                return name, fault.get("value", fault.get("seconds", ""))
        return "", ""

    async def _attempt(self, push: Push, spoil: str, value: Any) -> dict[str, Any]:
        query, body = self.request_of(push, spoil, value)
        kind = "application/json" if self._context.settings.push_format == "json" else "text/xml"
        status, answer = None, ""
        try:
            async with asyncio.timeout(self._answer_seconds):
                headers = {"Content-Type": kind}
                response = await self._http.post(self.url, params=query, content=body, headers=headers)
            status, answer = response.status_code, response.text[:500]
        except TimeoutError:
            answer = f"{self._answer_seconds:g} 秒内没有应答"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            answer = f"连接失败：{type(error).__name__}"
        accepted = status == 200 and answer in ANSWERS
        at = self._context.clock()
        return {"at": at, "how": spoil, "status": status, "answer": answer, "accepted": accepted}

    def request_of(self, push: Push, spoil: str = "", value: Any = "") -> tuple[dict[str, str], bytes]:
        """Query and body of an attempt, in the mode and format of the settings."""
        settings, identity = self._context.settings, self._context.identity
        query = self._signed(int(value) if spoil == "push_stale_timestamp" else 0) | {"openid": push.openid}
        text = to_text(push.message, settings.push_format)
        if settings.push_mode == "plain":
            if spoil == "push_bad_signature":
                query["signature"] = sign("another token")
            return query, text
        encrypted = seal(
            identity,
            text,
            appid=str(value) if spoil == "push_wrong_appid" else "",
            bad_padding=spoil == "push_bad_padding",
        )
        token = "another token" if spoil == "push_bad_signature" else identity.push_token
        query |= {
            "encrypt_type": "aes",
            "msg_signature": sign(token, query["timestamp"], query["nonce"], encrypted),
        }
        shown = push.message if settings.push_mode == "compatible" else {"ToUserName": GHOST}
        body = {**shown, "Encrypt": encrypted}
        return query, to_text(body, settings.push_format)

    def _signed(self, age_seconds: int = 0) -> dict[str, str]:
        timestamp = str(self._context.clock() // 1000 - age_seconds)
        nonce = str(secrets.randbelow(10**10))
        token = self._context.identity.push_token
        return {"signature": sign(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    async def check_address(self, url: str) -> bool:
        """What WeChat's back end does when the address is saved: does the server there know the Token?"""
        echo = str(secrets.randbelow(10**19))
        query = self._signed() | {"echostr": echo}
        if self._context.faults.take("push_bad_check", []):
            query["signature"] = sign("another token")
        try:
            async with asyncio.timeout(self._answer_seconds):
                response = await self._http.get(url, params=query)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError):
            return False
        return response.status_code == 200 and response.text == echo

    async def close(self) -> None:
        """Give up what is under way; it is still pending and goes out again after the next start."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()


def _numbers_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers_as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_numbers_as_text(each) for each in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _any_certificate() -> ssl.SSLContext:
    """A development server may speak HTTPS with a certificate that nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
