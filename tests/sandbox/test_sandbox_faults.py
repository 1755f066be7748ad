"""Faults of the replies, and how faults are switched."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest


@pytest.mark.parametrize(("fault", "exists"), [("drop_before_commit", False), ("drop_after_commit", True)])
def test_a_dropped_connection_before_or_after_the_commit(drive_sandbox, fault, exists):
    async def scenario(merchant):
        await merchant.fault(fault, endpoint="create")
        with pytest.raises(httpx.RemoteProtocolError):
            await merchant.create("FAULT-0001")
        assert (await merchant.query("FAULT-0001")).status_code == (200 if exists else 404)
        await merchant.create("FAULT-0001")

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("fault", "parameters", "status", "code"),
    [
        ("rate_limited", {}, 429, "FREQUENCY_LIMITED"),
        ("system_error", {}, 500, "SYSTEM_ERROR"),
        ("system_error", {"committed": True}, 500, "SYSTEM_ERROR"),
        ("error", {"status": 403, "code": "NO_AUTH", "message": "无权限"}, 403, "NO_AUTH"),
    ],
)
def test_errors_with_and_without_an_effect(drive_sandbox, fault, parameters, status, code):
    async def scenario(merchant):
        await merchant.fault(fault, endpoint="create", **parameters)
        body = merchant.order_body("FAULT-0002")
        response = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert merchant.verifies(response.headers, response.content)
        expected = 200 if parameters.get("committed") else 404
        assert (await merchant.query("FAULT-0002")).status_code == expected

    drive_sandbox(scenario)


@pytest.mark.parametrize("fault", ["garbage", "bad_signature", "unsigned", "signtest"])
@pytest.mark.parametrize("committed", [True, False])
def test_replies_that_cannot_be_trusted(drive_sandbox, fault, committed):
    async def scenario(merchant):
        await merchant.fault(fault, endpoint="create", committed=committed)
        body = merchant.order_body("FAULT-0003")
        response = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
        assert response.status_code == 200
        signed = "Wechatpay-Signature" in response.headers
        assert signed == (fault != "unsigned")
        assert (signed and merchant.verifies(response.headers, response.content)) == (fault == "garbage")
        if fault == "garbage":
            with pytest.raises(ValueError):
                response.json()
        assert (await merchant.query("FAULT-0003")).status_code == (200 if committed else 404)

    drive_sandbox(scenario)


def test_a_garbled_close_closes_all_the_same(drive_sandbox):
    async def scenario(merchant):
        await merchant.create("FAULT-0004")
        await merchant.fault("garbage", endpoint="close")
        assert (await merchant.close("FAULT-0004")).status_code == 200
        assert (await merchant.query("FAULT-0004")).json()["trade_state"] == "CLOSED"

    drive_sandbox(scenario)


def test_a_slow_reply_is_slow(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("slow", seconds=0.4, endpoint="query")
        started = time.monotonic()
        await merchant.query("FAULT-0005")
        assert time.monotonic() - started >= 0.4

    drive_sandbox(scenario)


@pytest.mark.parametrize("endpoint", ["create", "refund", "cashier"])
def test_the_notification_arrives_before_the_reply(drive_sandbox, endpoint):
    async def scenario(merchant):
        if endpoint != "create":
            prepay_id = await merchant.create("FAULT-0006")
        if endpoint == "refund":
            await merchant.pay(prepay_id)
            await merchant.notified()
        wish = {"endpoint": endpoint} if endpoint != "cashier" else {}
        await merchant.fault("notify_before_reply", **wish)
        if endpoint == "create":
            await merchant.create("FAULT-0006")
        elif endpoint == "refund":
            answer = (await merchant.refund("FAULT-0006", "RF6", 1)).json()
            assert answer["status"] == "PROCESSING"
        else:
            await merchant.pay(prepay_id)
        assert len(merchant.received) == (2 if endpoint == "refund" else 1)

    drive_sandbox(scenario)


@pytest.mark.parametrize("notify", [True, False])
def test_a_payment_while_closing(drive_sandbox, notify):
    async def scenario(merchant):
        await merchant.create("FAULT-0007")
        await merchant.fault("pay_while_closing", notify=notify)
        assert (await merchant.close("FAULT-0007")).json()["code"] == "ORDERPAID"
        assert (await merchant.query("FAULT-0007")).json()["trade_state"] == "SUCCESS"
        await merchant.quiet()
        assert len(merchant.received) == notify

    drive_sandbox(scenario)


def test_a_query_that_lags_behind(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("FAULT-0008")
        await merchant.fault("stale_query")
        assert (await merchant.query("FAULT-0008")).json()["trade_state"] == "NOTPAY"
        assert (await merchant.query("FAULT-0008")).json()["trade_state"] == "SUCCESS"

    drive_sandbox(scenario)


def test_faults_hit_only_their_scope_so_many_times_and_after_some(drive_sandbox):
    async def scenario(merchant):
        await merchant.create("FAULT-0009")
        await merchant.create("FAULT-0010")
        await merchant.fault("system_error", scope="FAULT-0009", times=2, skip=1)
        statuses = [(await merchant.query("FAULT-0009")).status_code for _ in range(4)]
        assert statuses == [200, 500, 500, 200]
        await merchant.fault("system_error", scope=merchant.openid, times=None)
        assert [(await merchant.query(f"FAULT-00{n}")).status_code for n in ("09", "10")] == [500, 500]
        listed = await merchant.get("faults/")
        assert [item["times"] for item in listed["faults"]] == [None]
        identifier = listed["faults"][0]["id"]
        removed = await merchant.client.delete(f"{merchant.base}/faults/?id={identifier}")
        assert removed.json()["removed"] == 1
        assert (await merchant.query("FAULT-0009")).status_code == 200
        await merchant.fault("garbage")
        await merchant.fault("slow", scope="X")
        assert (await merchant.client.delete(f"{merchant.base}/faults/?scope=X")).json()["removed"] == 1
        assert (await merchant.client.delete(f"{merchant.base}/faults/")).json()["removed"] == 1

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"fault": "gremlins"},
        {"fault": "slow", "seconds": "long"},
        {"fault": "slow", "minutes": 1},
        {"fault": "slow", "times": 0},
        {"fault": "slow", "times": 1.5},
        {"fault": "slow", "scope": 5},
        {"fault": "slow", "skip": -1},
        {"fault": "slow", "endpoint": "everything"},
        {"fault": "slow", "committed": 1},
    ],
)
def test_meaningless_faults_are_refused(drive_sandbox, wish):
    async def scenario(merchant):
        response = await merchant.post("faults/", wish)
        assert response.status_code == 400
        assert response.json()["fields" if wish else "msg"]
        assert (await merchant.get("faults/"))["faults"] == []

    drive_sandbox(scenario)


def test_settings_are_checked_as_a_whole(drive_sandbox):
    async def scenario(merchant):
        wish = {"paid_code": "ORDER_PAID", "notify_speed": 0, "document": 1, "bill_any_day": 1}
        response = await merchant.post("settings/", wish)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"notify_speed", "document", "bill_any_day"}
        assert (await merchant.get("settings/"))["settings"]["paid_code"] == "ORDERPAID"

    drive_sandbox(scenario)


def test_many_payments_at_once(drive_sandbox):
    """Not a benchmark: many concurrent payments share fsyncs and all of them are notified."""

    async def scenario(merchant):
        async def one(index):
            await merchant.buy(f"MANY-{index:06d}", index + 1)

        await asyncio.gather(*[one(index) for index in range(100)])
        await merchant.notified(100, 30)
        money = await merchant.get("money/")
        assert money["paid_fen"] == sum(range(1, 101))
        assert len({item.plaintext["out_trade_no"] for item in merchant.received}) == 100

    drive_sandbox(scenario)
