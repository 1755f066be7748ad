"""Gateway, verifier, login and messages against the stand-in, over real sockets with real signatures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from clock import now_ms, shanghai
from payment.wechatpay import errors
from payment.wechatpay.bill import parse_flow_bill, parse_trade_bill
from payment.wechatpay.bill_file import BadBill
from payment.wechatpay.gateway import Gateway, Limits
from payment.wechatpay.keys import PlatformKeys, load_public_key
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.notification import (
    BadSignature,
    Event,
    NotificationRefused,
    NotificationVerifier,
    SignTest,
    StaleTimestamp,
    read_refund,
    read_transaction,
)
from payment.wechatpay.numbers import new_out_refund_no, new_out_trade_no
from payment.wechatpay.signing import load_merchant_key, sign_payment_parameters
from sandbox import Sandbox, load_identity
from sandbox.app import make_app
from transport import Timeouts
from wechat import login
from wechat.login import LoginClient
from wechat.messages import Result, SubscribeMessages
from wechat.tokens import AccessTokens


class NotifyHandler(RequestHandler):
    """Our notify URL: opens what comes, keeps the event or the refusal, answers accordingly."""

    def initialize(self, clinic: Clinic) -> None:
        self.clinic = clinic

    def post(self) -> None:
        request: HTTPServerRequest = self.request
        try:
            self.clinic.events.append(self.clinic.verifier.open(request.headers, request.body))
            self.set_status(204)
        except NotificationRefused as problem:
            self.clinic.refused.append(problem)
            self.set_status(problem.http_status)


@dataclass
class Clinic:
    """Our side: a gateway and a verifier for the stand-in's merchant."""

    base: str
    sandbox: Sandbox
    gateway: Gateway
    verifier: NotificationVerifier
    http: httpx.AsyncClient
    events: list[Event] = field(default_factory=list)
    refused: list[NotificationRefused] = field(default_factory=list)
    openid: str = ""

    def order(self, number: str) -> dict[str, Any]:
        return {
            "out_trade_no": number,
            "description": "全天陪诊 西京医院",
            "total_fen": 58800,
            "openid": self.openid,
            "expire_at": now_ms() + 3_600_000,
        }

    async def fault(self, name: str, **parameters: Any) -> None:
        reply = await self.http.post(f"{self.base}/faults/", json={"fault": name, **parameters})
        assert reply.status_code == 200, reply.text

    async def cashier(self, prepay_id: str, outcome: str = "success") -> None:
        reply = await self.http.post(
            f"{self.base}/cashier/", json={"prepay_id": prepay_id, "outcome": outcome}
        )
        assert reply.status_code == 200, reply.text

    async def paid(self, outcome: str = "success_without_notify") -> str:
        """The number of an order that was created and paid."""
        number = new_out_trade_no(now_ms())
        await self.cashier(await self.gateway.create_order(**self.order(number)), outcome)
        return number

    async def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not happened():
            assert time.monotonic() < deadline, "did not happen in time"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(folder: Path, *, certificates: bool = False) -> AsyncIterator[Clinic]:
    sandbox = Sandbox(folder, notify_speed=60, refund_seconds=0.05, bill_any_day=True)
    await sandbox.start()
    web, ours = bind_sockets(0, "127.0.0.1"), bind_sockets(0, "127.0.0.1")
    base = f"http://127.0.0.1:{web[0].getsockname()[1]}/sandbox"
    notify = f"http://127.0.0.1:{ours[0].getsockname()[1]}/notify/"
    who = sandbox.identity
    public = load_public_key(who.platform_public_key_path.read_bytes(), who.platform_public_key_id)
    keys = PlatformKeys([] if certificates else [public])
    merchant = Merchant(
        mchid=who.mchid,
        appid=who.appid,
        key=load_merchant_key(who.merchant_private_key_path.read_bytes(), who.merchant_serial),
        apiv3_key=who.apiv3_key,
        notify_url=notify,
        refund_notify_url=notify,
        public_key_id=None if certificates else who.platform_public_key_id,
    )
    limits = Limits(timeouts=Timeouts(1.0, 1.0), deadline=3.0)
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Gateway(merchant, keys, base_url=base, limits=limits) as gateway,
    ):
        clinic = Clinic(base, sandbox, gateway, NotificationVerifier(keys, who.apiv3_key), http)
        notified = Application([("/notify/", NotifyHandler, {"clinic": clinic})])
        servers = [HTTPServer(make_app(sandbox)), HTTPServer(notified)]
        for server, sockets in zip(servers, (web, ours), strict=True):
            server.add_sockets(sockets)
        try:
            async with LoginClient(who.appid, who.secret, base_url=base) as client:
                clinic.openid = (await client.exchange("as:li:1")).openid
            if certificates:
                await clinic.until(lambda: bool(keys.serials()))
            yield clinic
        finally:
            await sandbox.stop()
            for server in servers:
                server.stop()
                await server.close_all_connections()


@pytest.fixture(scope="session")
def pay_sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("payside-sandbox")
    load_identity(folder)
    return folder


@pytest.fixture
def pay_clinic(tmp_path: Path, pay_sandbox_keys: Path) -> Callable[..., None]:
    """Runs a story ``async def (clinic)`` against a fresh stand-in."""
    for path in pay_sandbox_keys.iterdir():
        if path.is_file() and path.suffix != ".lock":
            (tmp_path / path.name).write_bytes(path.read_bytes())

    def run(story: Callable[[Clinic], Awaitable[None]], **options: Any) -> None:
        async def scene() -> None:
            async with opened(tmp_path, **options) as clinic:
                await story(clinic)

        asyncio.run(scene())

    return run


@pytest.mark.parametrize("certificates", [False, True])
def test_the_whole_road_in_both_key_modes(pay_clinic: Any, certificates: bool) -> None:
    async def story(clinic: Clinic) -> None:
        gateway = clinic.gateway
        number = new_out_trade_no(now_ms())
        prepay_id = await gateway.create_order(**clinic.order(number))
        merchant = gateway.merchant
        signed = sign_payment_parameters(prepay_id, appid=merchant.appid, key=merchant.key, now_ms=now_ms())
        assert signed["package"] == f"prepay_id={prepay_id}"
        assert (await gateway.query_order(number)).trade_state == "NOTPAY"

        await clinic.cashier(prepay_id)
        await clinic.until(lambda: bool(clinic.events))
        told, asked = read_transaction(clinic.events[0]), await gateway.query_order(number)
        assert told.is_paid
        names = "out_trade_no transaction_id openid total_fen currency appid mchid trade_type success_at"
        for name in names.split():
            assert getattr(told, name) == getattr(asked, name) is not None
        assert (told.openid, told.total_fen) == (clinic.openid, 58800)
        with pytest.raises(errors.AlreadyPaid):
            await gateway.close_order(number)

        back = new_out_refund_no(now_ms())
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": back,
            "refund_fen": 29400,
            "total_fen": 58800,
        }
        assert (await gateway.refund(**refund)).status == "PROCESSING"
        await clinic.until(lambda: len(clinic.events) > 1)
        result = read_refund(clinic.events[1])
        assert (result.out_refund_no, result.status, result.refund_fen) == (back, "SUCCESS", 29400)
        assert (await gateway.query_refund(back)).status == "SUCCESS"
        assert (await gateway.refund(**refund)).refund_id == result.refund_id
        assert (await gateway.query_order(number)).is_paid
        assert clinic.refused == []

        today = shanghai(now_ms()).date()
        rows, summary = parse_trade_bill(await gateway.trade_bill(today))
        assert [(row.is_refund, row.total_fen if not row.is_refund else row.refund_fen) for row in rows] == [
            (False, 58800),
            (True, 29400),
        ]
        assert (summary.rows, rows[0].transaction_id) == (2, told.transaction_id)
        assert (rows[0].happened_at // 1000, rows[1].out_refund_no) == ((told.success_at or 0) // 1000, back)
        flows, totals = parse_flow_bill(await gateway.fund_flow_bill(today))
        assert totals.rows == len(flows) > 0
        assert told.transaction_id in {flow.business_id for flow in flows}

    pay_clinic(story, certificates=certificates)


def test_proxies_of_the_environment_are_not_used(pay_clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, "http://127.0.0.1:9/")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def story(clinic: Clinic) -> None:
        assert (await clinic.gateway.query_order(await clinic.paid())).is_paid

    pay_clinic(story)


def test_what_does_not_exist_and_what_is_closed(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        with pytest.raises(errors.NotFound):
            await clinic.gateway.query_order("20261123100000NOBODY")
        with pytest.raises(errors.NotFound):
            await clinic.gateway.query_refund("R20261123100000NOBODY")
        number = new_out_trade_no(now_ms())
        await clinic.gateway.create_order(**clinic.order(number))
        await clinic.gateway.close_order(number)
        assert (await clinic.gateway.query_order(number)).trade_state == "CLOSED"
        try:
            await clinic.gateway.close_order(number)
        except errors.AlreadyClosed:
            pass
        with pytest.raises(errors.Refused) as caught:
            await clinic.gateway.create_order(**clinic.order(number))
        assert caught.value.must_query

    pay_clinic(story)


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("drop_before_commit", errors.Unknown),
        ("drop_after_commit", errors.Unknown),
        ("rate_limited", errors.Busy),
        ("system_error", errors.Unknown),
        ("garbage", errors.Unknown),
        ("bad_signature", errors.Unknown),
        ("unsigned", errors.Unknown),
        ("signtest", errors.Unknown),
        ("slow", errors.Unknown),
    ],
)
def test_after_every_fault_the_same_request_heals(
    pay_clinic: Any, fault: str, expected: type[Exception]
) -> None:
    async def story(clinic: Clinic) -> None:
        number = new_out_trade_no(now_ms())
        order = clinic.order(number)
        await clinic.fault(fault, endpoint="create", times=1)
        with pytest.raises(expected) as caught:
            await clinic.gateway.create_order(**order)
        assert type(caught.value) is expected
        await clinic.cashier(await clinic.gateway.create_order(**order), "success_without_notify")

        back = new_out_refund_no(now_ms())
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": back,
            "refund_fen": 100,
            "total_fen": 58800,
        }
        await clinic.fault(fault, endpoint="refund", times=1)
        with pytest.raises(expected):
            await clinic.gateway.refund(**refund)
        await clinic.gateway.refund(**refund)
        rows, _ = parse_trade_bill(await clinic.gateway.trade_bill(shanghai(now_ms()).date()))
        assert sorted(row.refund_fen for row in rows) == [0, 100]

    pay_clinic(story)


@pytest.mark.promise(8)
def test_a_lost_notification_leaves_the_query(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        assert (await clinic.gateway.query_order(number)).is_paid
        assert clinic.events == []

    pay_clinic(story)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("bad_notification_signature", BadSignature),
        ("signtest_notification", SignTest),
        ("stale_timestamp", StaleTimestamp),
    ],
)
def test_a_spoiled_notification_is_refused_and_comes_again(
    pay_clinic: Any, fault: str, expected: type[NotificationRefused]
) -> None:
    async def story(clinic: Clinic) -> None:
        await clinic.fault(fault, times=1)
        await clinic.paid("success")
        await clinic.until(lambda: bool(clinic.refused))
        assert isinstance(clinic.refused[0], expected)
        await clinic.until(lambda: bool(clinic.events))
        assert read_transaction(clinic.events[0]).is_paid

    pay_clinic(story)


def test_a_rotated_platform_key_is_fetched_and_believed(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        known = clinic.gateway.keys.serials()
        await clinic.fault("rotated_key", times=1)
        with pytest.raises(errors.Unknown, match="unknown_serial"):
            await clinic.gateway.query_order(number)
        await clinic.until(lambda: len(clinic.gateway.keys.serials()) > len(known))
        await clinic.fault("rotated_key", times=1)
        assert (await clinic.gateway.query_order(number)).is_paid
        assert (await clinic.gateway.query_order(number)).is_paid
        assert set(known) < set(clinic.gateway.keys.serials())

    pay_clinic(story)


@pytest.mark.promise(13)
@pytest.mark.parametrize(("fault", "status"), [("refund_abnormal", "ABNORMAL"), ("refund_closed", "CLOSED")])
def test_a_refund_that_fails_says_so(pay_clinic: Any, fault: str, status: str) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        await clinic.fault(fault, seconds=0.02, times=1)
        back = new_out_refund_no(now_ms())
        accepted = await clinic.gateway.refund(
            out_trade_no=number, out_refund_no=back, refund_fen=58800, total_fen=58800
        )
        assert accepted.status == "PROCESSING"
        await clinic.until(lambda: bool(clinic.events))
        assert read_refund(clinic.events[0]).status == status
        assert (await clinic.gateway.query_refund(back)).status == status

    pay_clinic(story)


def test_an_empty_purse_refuses_a_refund(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        await clinic.fault("not_enough", times=1)
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": "R1",
            "refund_fen": 1,
            "total_fen": 58800,
        }
        with pytest.raises(errors.NotEnoughMoney):
            await clinic.gateway.refund(**refund)
        assert (await clinic.gateway.refund(**refund)).out_refund_no == "R1"

    pay_clinic(story)


@pytest.mark.promise(30)
def test_bills_with_a_wrong_hash_or_none_yet(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        await clinic.paid()
        today = shanghai(now_ms()).date()
        await clinic.fault("bill_bad_hash", times=1)
        with pytest.raises(BadBill, match="SHA1"):
            await clinic.gateway.trade_bill(today)
        await clinic.fault("bill_creating", times=1)
        with pytest.raises(errors.BillNotReady):
            await clinic.gateway.trade_bill(today)
        assert parse_trade_bill(await clinic.gateway.trade_bill(today))[1].rows == 1

    pay_clinic(story)


def test_login_and_messages(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        who = clinic.sandbox.identity
        async with LoginClient(who.appid, who.secret, base_url=clinic.base) as client:
            assert (await client.exchange("as:li:2")).openid == clinic.openid
            assert (await client.exchange("as:王:1")).openid != clinic.openid
            with pytest.raises(login.CodeUsed):
                await client.exchange("as:li:2")
            with pytest.raises(login.InvalidCode):
                await client.exchange("bad")
            for fault, expected in (
                ("login_busy", login.WeChatBusy),
                ("login_rate_limited", login.TooManyLogins),
                ("login_blocked", login.UserBlocked),
            ):
                await clinic.fault(fault, times=1)
                with pytest.raises(expected):
                    await client.exchange(f"as:li:{fault}")
        async with LoginClient(who.appid, "wrong", base_url=clinic.base) as client:
            with pytest.raises(login.LoginMisconfigured):
                await client.exchange("as:li:3")
        async with (
            AccessTokens(who.appid, who.secret, base_url=clinic.base) as tokens,
            SubscribeMessages(tokens, base_url=clinic.base) as messages,
        ):
            message: dict[str, Any] = {
                "openid": clinic.openid,
                "template_id": "TEMPLATE",
                "page": "pages/order/order?id=7",
                "values": {
                    "thing1": "全天陪诊 西京医院 神经内科 需要轮椅和担架",
                    "amount2": "￥588",
                    "time3": "2026-11-24 08:00",
                    "phrase4": "支付成功!",
                    "name5": "阿卜杜拉·买买提 Wang",
                    "character_string6": "20261123100000ABC",
                    "phone_number7": "029-8888 8888",
                },
            }
            assert (await messages.send(**message)).result is Result.SENT
            for fault, result in (
                ("message_refused", Result.REFUSED),
                ("message_busy", Result.RETRY),
                ("message_error", Result.INVALID),
            ):
                await clinic.fault(fault, times=1)
                assert (await messages.send(**message)).result is result

    pay_clinic(story)
