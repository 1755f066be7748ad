"""Orders: create, repeat, query, pay, close."""

from __future__ import annotations

import datetime

import pytest

HOUR_MS = 3600 * 1000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_760_000_000_000

    def __call__(self) -> int:
        return self.now


def soon(clock, seconds):
    at = datetime.datetime.fromtimestamp(clock.now / 1000 + seconds, datetime.UTC)
    return at.isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1900000000"}, "MCH_NOT_EXISTS"),
        ({"description": ""}, "PARAM_ERROR"),
        ({"description": "长" * 128}, "PARAM_ERROR"),
        ({"out_trade_no": "short"}, "PARAM_ERROR"),
        ({"out_trade_no": "x" * 33}, "PARAM_ERROR"),
        ({"out_trade_no": "has space 1"}, "PARAM_ERROR"),
        ({"notify_url": "https://a.example/n?x=1"}, "PARAM_ERROR"),
        ({"notify_url": "/relative"}, "PARAM_ERROR"),
        ({"notify_url": "https://a.example/" + "n" * 250}, "PARAM_ERROR"),
        ({"amount": {"total": 0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1.5, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": "100", "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": True, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 100, "currency": "USD"}}, "PARAM_ERROR"),
        ({"amount": None}, "PARAM_ERROR"),
        ({"payer": {}}, "PARAM_ERROR"),
        ({"payer": {"openid": 7}}, "PARAM_ERROR"),
        ({"attach": "长" * 129}, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, "PARAM_ERROR"),
        ({"time_expire": "2030-01-01T00:00:00"}, "PARAM_ERROR"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "PARAM_ERROR"),
    ],
)
def test_wrong_parameters_are_refused(drive_sandbox, changes, code):
    async def scenario(merchant):
        body = merchant.order_body("ORDER-00001", **changes)
        response = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
        assert (response.status_code, response.json()["code"]) == (400, code)
        assert (await merchant.get("orders/"))["total"] == 0

    drive_sandbox(scenario)


def test_the_same_order_again_gives_a_fresh_prepay_id(drive_sandbox):
    async def scenario(merchant):
        first, second = await merchant.create("ORDER-00002"), await merchant.create("ORDER-00002")
        assert first != second
        assert len(first) == 36
        for prepay_id in (first, second):
            view = await merchant.get(f"orders/?prepay_id={prepay_id}")
            assert (view["out_trade_no"], view["amount"], view["state"]) == ("ORDER-00002", 58800, "NOTPAY")
            assert view["openid"] == merchant.openid

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("code", "status"), [("INVALID_REQUEST", 400), ("OUT_TRADE_NO_USED", 403), ("ORDERPAID", 400)]
)
def test_the_same_number_with_changed_parameters_is_refused(drive_sandbox, code, status):
    async def scenario(merchant):
        await merchant.post("settings/", {"changed_parameters_code": code})
        await merchant.create("ORDER-00003")
        body = merchant.order_body("ORDER-00003", 1)
        response = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert (await merchant.get("orders/?out_trade_no=ORDER-00003"))["amount"] == 58800

    drive_sandbox(scenario)


def test_a_paid_order_is_queried_by_either_number(drive_sandbox):
    async def scenario(merchant):
        unpaid = (await merchant.create("ORDER-00004", attach="附言"), await merchant.query("ORDER-00004"))[
            1
        ].json()
        assert unpaid["trade_state"] == "NOTPAY"
        assert "transaction_id" not in unpaid
        prepay_id = (await merchant.get("orders/?out_trade_no=ORDER-00004"))["prepay_ids"][-1]
        assert (await merchant.pay(prepay_id)).json()["errMsg"] == "requestPayment:ok"
        paid = (await merchant.query("ORDER-00004")).json()
        assert paid["trade_state"] == "SUCCESS"
        assert paid["trade_type"] == "JSAPI"
        assert paid["amount"] == {
            "total": 58800,
            "currency": "CNY",
            "payer_total": 58800,
            "payer_currency": "CNY",
        }
        assert paid["payer"] == {"openid": merchant.openid}
        assert paid["attach"] == "附言"
        assert len(paid["transaction_id"]) == 28
        path = f"/v3/pay/transactions/id/{paid['transaction_id']}?mchid={merchant.sandbox.identity.mchid}"
        assert (await merchant.call("GET", path)).json() == paid
        body = merchant.order_body("ORDER-00004", attach="附言")
        again = await merchant.call("POST", "/v3/pay/transactions/jsapi", body)
        assert (again.status_code, again.json()["code"]) == (400, "ORDERPAID")

    drive_sandbox(scenario)


def test_unknown_orders_and_merchants_are_refused(drive_sandbox):
    async def scenario(merchant):
        response = await merchant.query("ORDER-00005")
        assert (response.status_code, response.json()["code"]) == (404, "ORDER_NOT_EXIST")
        await merchant.post("settings/", {"unknown_order_code": "ORDERNOTEXIST"})
        assert (await merchant.close("ORDER-00005")).json()["code"] == "ORDERNOTEXIST"
        path = "/v3/pay/transactions/out-trade-no/ORDER-00005"
        assert (await merchant.call("GET", path)).json()["code"] == "PARAM_ERROR"
        assert (await merchant.call("GET", f"{path}?mchid=1")).json()["code"] == "MCH_NOT_EXISTS"
        assert (await merchant.call("GET", "/v3/nowhere")).json()["code"] == "RESOURCE_NOT_EXISTS"

    drive_sandbox(scenario)


def test_closing_an_open_a_closed_and_a_paid_order(drive_sandbox):
    async def scenario(merchant):
        prepay_id = await merchant.create("ORDER-00006")
        assert (await merchant.close("ORDER-00006")).status_code == 204
        assert (await merchant.close("ORDER-00006")).status_code == 204
        await merchant.post("settings/", {"repeated_close": "ORDER_CLOSED"})
        assert (await merchant.close("ORDER-00006")).json()["code"] == "ORDER_CLOSED"
        assert (await merchant.query("ORDER-00006")).json()["trade_state"] == "CLOSED"
        assert (await merchant.pay(prepay_id)).json()["error"] == "order_closed"
        await merchant.buy("ORDER-00007")
        assert (await merchant.close("ORDER-00007")).json()["code"] == "ORDERPAID"
        await merchant.post("settings/", {"paid_code": "ORDER_PAID"})
        assert (await merchant.close("ORDER-00007")).json()["code"] == "ORDER_PAID"

    drive_sandbox(scenario)


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_cancelling_or_failing_leaves_the_order_unpaid(drive_sandbox, outcome):
    async def scenario(merchant):
        answer = (await merchant.pay(await merchant.create("ORDER-00008"), outcome)).json()
        assert (answer["code"], answer["trade_state"]) == (0, "NOTPAY")
        assert answer["errMsg"].startswith("requestPayment:fail")
        await merchant.quiet()
        assert merchant.received == []

    drive_sandbox(scenario)


def test_the_cashier_refuses_what_a_phone_would_refuse(drive_sandbox):
    clock = Clock()

    async def scenario(merchant):
        for wish, status, error in (
            ({}, 400, "invalid"),
            ({"prepay_id": "wx1", "outcome": "rob"}, 400, "invalid"),
            ({"prepay_id": "wx1", "outcome": "success"}, 404, "unknown_prepay_id"),
        ):
            response = await merchant.post("cashier/", wish)
            assert (response.status_code, response.json()["error"]) == (status, error)
            assert response.json()["code"] == status
            assert response.json()["request_id"]
        first = await merchant.create("ORDER-00009")
        assert (await merchant.pay(first, openid="oOTHER")).json()["error"] == "wrong_payer"
        clock.now += 2 * HOUR_MS
        assert (await merchant.pay(first)).json()["error"] == "prepay_expired"
        assert (await merchant.pay(await merchant.create("ORDER-00009"))).status_code == 200
        assert (await merchant.pay(first)).json()["error"] == "already_paid"
        short = await merchant.create("ORDER-00010", time_expire=soon(clock, 61))
        clock.now += 62_000
        assert (await merchant.pay(short)).json()["error"] == "order_expired"
        assert (await merchant.query("ORDER-00010")).json()["trade_state"] == "NOTPAY"
        clock.now += 7 * 24 * HOUR_MS
        assert (await merchant.query("ORDER-00010")).json()["trade_state"] == "CLOSED"

    drive_sandbox(scenario, clock=clock)
