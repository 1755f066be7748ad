"""Notifications: sealed and signed, repeated on WeChat's schedule, spoiled on request."""

from __future__ import annotations

import asyncio
import json

import pytest

from sandbox.notifications import WAITS_SECONDS


def test_a_payment_is_notified_signed_and_sealed(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("NOTIFY-0001")
        notice = (await merchant.notified())[0]
        assert notice.verified
        envelope = json.loads(notice.body)
        assert envelope["event_type"] == "TRANSACTION.SUCCESS"
        assert envelope["resource_type"] == "encrypt-resource"
        assert len(envelope["id"]) <= 36
        assert envelope["resource"]["original_type"] == "transaction"
        assert envelope["resource"]["algorithm"] == "AEAD_AES_256_GCM"
        assert notice.plaintext == (await merchant.query("NOTIFY-0001")).json()
        await merchant.quiet()
        listed = (await merchant.get("notifications/?out_trade_no=NOTIFY-0001"))["notifications"]
        assert [item["state"] for item in listed] == ["accepted"]
        assert listed[0]["attempts"][0]["status"] == 204

    drive_sandbox(scenario)


@pytest.mark.parametrize("answer", [400, 401, 500, 503, 302, 201])
def test_anything_but_200_and_204_is_tried_again(drive_sandbox, answer):
    async def scenario(merchant):
        merchant.answers = [answer, answer, 200]
        await merchant.buy("NOTIFY-0002")
        received = await merchant.notified(3)
        assert len({json.loads(item.body)["id"] for item in received}) == 1
        await merchant.quiet(0.5)
        assert len(merchant.received) == 3
        listed = (await merchant.get("notifications/"))["notifications"][0]
        assert [attempt["status"] for attempt in listed["attempts"]] == [answer, answer, 200]

    drive_sandbox(scenario, notify_speed=300.0)


def test_the_schedule_is_wechats(drive_sandbox):
    assert [*WAITS_SECONDS[:5], *WAITS_SECONDS[-3:]] == [15, 15, 30, 180, 600, 10800, 21600, 21600]
    now = [1_760_000_000_000]

    async def scenario(merchant):
        merchant.answers = [500] * 100
        await merchant.buy("NOTIFY-0003")
        record = next(iter(merchant.sandbox.context.state.notifications.values()))
        await until(lambda: record.rounds == 1)
        for count, wait in enumerate(WAITS_SECONDS, start=1):
            assert record.due_at == now[0] + wait * 1000
            now[0] += wait * 1000 - 1
            await merchant.sandbox.settle_due()
            assert record.rounds == count
            now[0] += 1
            await merchant.sandbox.settle_due()
            await until(lambda count=count: record.rounds == count + 1)
        assert (record.state, record.due_at) == ("given_up", None)

    drive_sandbox(scenario, clock=lambda: now[0], notify_speed=1.0)


async def until(condition):
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("did not happen in time")


def test_an_answer_after_the_limit_does_not_count(drive_sandbox):
    async def scenario(merchant):
        merchant.answer_pause = 1.0
        await merchant.buy("NOTIFY-0004")
        await merchant.notified(2)
        attempts = (await merchant.get("notifications/"))["notifications"][0]["attempts"]
        assert attempts[0]["status"] is None

    drive_sandbox(scenario, answer_seconds=0.2, notify_speed=300.0)


def test_an_unreachable_server_is_tried_again(drive_sandbox):
    async def scenario(merchant):
        await merchant.pay(await merchant.create("NOTIFY-0005", notify_url="http://127.0.0.1:9/notify"))
        await merchant.quiet()
        listed = (await merchant.get("notifications/?state=pending"))["notifications"]
        assert listed[0]["attempts"][0]["status"] is None

    drive_sandbox(scenario)


def test_a_lost_notification_is_resent_by_hand(drive_sandbox):
    async def scenario(merchant):
        await merchant.pay(await merchant.create("NOTIFY-0006"), "success_without_notify")
        await merchant.quiet()
        assert merchant.received == []
        assert (await merchant.get("notifications/?state=lost"))["total"] == 1
        response = await merchant.post("notifications/resend/", {"out_trade_no": "NOTIFY-0006"})
        assert len(response.json()["resent"]) == 1
        assert (await merchant.notified())[0].plaintext["out_trade_no"] == "NOTIFY-0006"
        unknown = await merchant.post("notifications/resend/", {"id": "nothing"})
        assert unknown.status_code == 404

    drive_sandbox(scenario)


def test_notified_twice_means_two_at_once(drive_sandbox):
    async def scenario(merchant):
        await merchant.pay(await merchant.create("NOTIFY-0007"), "success_notified_twice")
        received = await merchant.notified(2)
        assert json.loads(received[0].body)["id"] == json.loads(received[1].body)["id"]

    drive_sandbox(scenario)


def test_lost_rounds_are_made_up_for_by_later_ones(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("lose_notification", attempts=2)
        await merchant.buy("NOTIFY-0008")
        await merchant.notified()
        attempts = (await merchant.get("notifications/"))["notifications"][0]["attempts"]
        assert [attempt["how"] for attempt in attempts[:2]] == ["lost", "lost"]

    drive_sandbox(scenario, notify_speed=300.0)


def test_duplicates_delays_and_reordering(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("duplicate_notification", copies=3)
        await merchant.buy("NOTIFY-0009")
        await merchant.notified(3)
        merchant.received.clear()
        await merchant.fault("reorder_notifications", seconds=30)
        await merchant.buy("NOTIFY-0010")
        await merchant.quiet()
        assert merchant.received == []
        await merchant.buy("NOTIFY-0011")
        received = await merchant.notified(2)
        assert [item.plaintext["out_trade_no"] for item in received] == ["NOTIFY-0011", "NOTIFY-0010"]
        merchant.received.clear()
        await merchant.fault("delay_notification", seconds=0.4)
        await merchant.buy("NOTIFY-0012")
        await merchant.quiet(0.2)
        assert merchant.received == []
        await merchant.notified()

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("fault", "verified_first"),
    [("bad_notification_signature", False), ("stale_timestamp", True), ("signtest_notification", False)],
)
def test_spoiled_deliveries_are_followed_by_a_good_one(drive_sandbox, fault, verified_first):
    async def scenario(merchant):
        merchant.answers = [401]
        await merchant.fault(fault)
        await merchant.buy("NOTIFY-0013")
        first, second = (await merchant.notified(2))[:2]
        assert (first.verified, second.verified) == (verified_first, True)
        signature = first.headers["Wechatpay-Signature"]
        assert signature.startswith("WECHATPAY/SIGNTEST/") == (fault == "signtest_notification")
        age = int(second.headers["Wechatpay-Timestamp"]) - int(first.headers["Wechatpay-Timestamp"])
        assert (age > 500) == (fault == "stale_timestamp")

    drive_sandbox(scenario, notify_speed=300.0)


@pytest.mark.parametrize(
    ("fault", "pointer", "value"),
    [
        ("wrong_amount", ("amount", "total"), 1),
        ("wrong_currency", ("amount", "currency"), "USD"),
        ("wrong_openid", ("payer", "openid"), "oWRONG"),
        ("wrong_appid", ("appid",), "wxWRONG"),
        ("wrong_mchid", ("mchid",), "1900000000"),
        ("wrong_trade_type", ("trade_type",), "NATIVE"),
    ],
)
def test_wrong_facts_under_a_right_signature(drive_sandbox, fault, pointer, value):
    def read(document):
        for name in pointer:
            document = document[name]
        return document

    async def scenario(merchant):
        await merchant.fault(fault)
        await merchant.buy("NOTIFY-0014")
        notice = (await merchant.notified())[0]
        assert notice.verified
        assert read(notice.plaintext) == value
        assert read((await merchant.query("NOTIFY-0014")).json()) != value
        await merchant.fault(fault, target="query", scope="NOTIFY-0014")
        assert read((await merchant.query("NOTIFY-0014")).json()) == value

    drive_sandbox(scenario)


def test_notifications_follow_the_key_mode_or_the_setting(drive_sandbox):
    async def scenario(merchant):
        identity = merchant.sandbox.identity
        body = merchant.order_body("NOTIFY-0015")
        created = await merchant.call("POST", "/v3/pay/transactions/jsapi", body, public_key=False)
        await merchant.pay(created.json()["prepay_id"])
        await merchant.buy("NOTIFY-0016")
        await merchant.notified(2)
        await merchant.post("settings/", {"signer_notifications": "certificate"})
        await merchant.buy("NOTIFY-0017")
        await merchant.notified(3)
        await merchant.fault("rotated_key", target="notifications")
        await merchant.buy("NOTIFY-0018")
        received = await merchant.notified(4)
        serials = [item.headers["Wechatpay-Serial"] for item in received]
        certificate = identity.platform_certificate_serial
        assert serials[:3] == [certificate, identity.platform_public_key_id, certificate]
        assert serials[3] not in serials[:3]
        assert all(item.verified for item in received)

    drive_sandbox(scenario)
