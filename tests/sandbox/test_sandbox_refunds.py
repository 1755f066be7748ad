"""Refunds: accepted first, decided later, never more than was paid."""

from __future__ import annotations

import asyncio

import pytest


def test_a_refund_is_processing_then_successful_and_notified(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0001")
        accepted = (await merchant.refund("REFUND-0001", "R1", 58800)).json()
        assert accepted["status"] == "PROCESSING"
        assert "success_time" not in accepted
        notice = (await merchant.notified(2))[1]
        assert notice.verified
        assert notice.plaintext["refund_status"] == "SUCCESS"
        assert not notice.plaintext.keys() & {"status", "appid"}
        assert notice.plaintext["amount"] == {
            "total": 58800,
            "refund": 58800,
            "payer_total": 58800,
            "payer_refund": 58800,
        }
        done = (await merchant.query_refund("R1")).json()
        assert done["status"] == "SUCCESS"
        assert done["success_time"]
        assert done["amount"]["currency"] == "CNY"
        assert (await merchant.query("REFUND-0001")).json()["trade_state"] == "REFUND"
        money = await merchant.get("money/")
        assert (money["paid_fen"], money["refunded_fen"]) == (58800, 58800)

    drive_sandbox(scenario)


def test_the_same_refund_number_is_one_refund(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0002")
        answers = await asyncio.gather(*[merchant.refund("REFUND-0002", "R2", 100) for _ in range(5)])
        assert len({answer.json()["refund_id"] for answer in answers}) == 1
        changed = await merchant.refund("REFUND-0002", "R2", 200)
        assert (changed.status_code, changed.json()["code"]) == (400, "INVALID_REQUEST")
        assert (await merchant.get("refunds/"))["total"] == 1

    drive_sandbox(scenario)


def test_refunds_never_exceed_what_was_paid(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0003", 100)
        answers = await asyncio.gather(
            *[merchant.refund("REFUND-0003", f"R3-{index}", 30, 100) for index in range(5)]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 400, 400]

    drive_sandbox(scenario)


def test_there_are_at_most_fifty_partial_refunds(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0004", 100)
        for index in range(50):
            assert (await merchant.refund("REFUND-0004", f"R4-{index}", 1, 100)).status_code == 200
        assert (await merchant.refund("REFUND-0004", "R4-50", 1, 100)).status_code == 400

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"out_trade_no": "UNKNOWN-1"}, 404, "RESOURCE_NOT_EXISTS"),
        ({"transaction_id": "4200"}, 404, "RESOURCE_NOT_EXISTS"),
        ({"out_refund_no": "x" * 65}, 400, "PARAM_ERROR"),
        ({"out_refund_no": "空"}, 400, "PARAM_ERROR"),
        ({"reason": "长" * 81}, 400, "PARAM_ERROR"),
        ({"notify_url": "x"}, 400, "PARAM_ERROR"),
        ({"amount": {"refund": 0, "total": 58800, "currency": "CNY"}}, 400, "PARAM_ERROR"),
        ({"amount": {"refund": 1, "total": 58800}}, 400, "PARAM_ERROR"),
        ({"amount": {"refund": 1, "total": 1, "currency": "CNY"}}, 400, "INVALID_REQUEST"),
        ({"amount": {"refund": 58801, "total": 58800, "currency": "CNY"}}, 400, "INVALID_REQUEST"),
    ],
)
def test_wrong_refunds_are_refused(drive_sandbox, changes, status, code):
    async def scenario(merchant):
        await merchant.buy("REFUND-0005")
        response = await merchant.refund("REFUND-0005", "R5", 1, **changes)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert (await merchant.get("refunds/"))["total"] == 0

    drive_sandbox(scenario)


def test_an_unpaid_order_cannot_be_refunded(drive_sandbox):
    async def scenario(merchant):
        await merchant.create("REFUND-0006")
        assert (await merchant.refund("REFUND-0006", "R6", 1)).json()["code"] == "INVALID_REQUEST"
        assert (await merchant.query_refund("R6")).status_code == 404

    drive_sandbox(scenario)


def test_not_enough_money_is_a_fault_that_passes(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0007")
        await merchant.fault("not_enough", scope="REFUND-0007")
        refused = await merchant.refund("REFUND-0007", "R7", 1)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ENOUGH")
        assert (await merchant.refund("REFUND-0007", "R7", 1)).status_code == 200

    drive_sandbox(scenario)


@pytest.mark.parametrize(("fault", "status"), [("refund_abnormal", "ABNORMAL"), ("refund_closed", "CLOSED")])
def test_a_refund_can_end_badly(drive_sandbox, fault, status):
    async def scenario(merchant):
        await merchant.buy("REFUND-0008")
        await merchant.fault(fault, seconds=0.05)
        assert (await merchant.refund("REFUND-0008", "R8", 58800)).json()["status"] == "PROCESSING"
        assert (await merchant.notified(2))[1].plaintext["refund_status"] == status
        assert (await merchant.query_refund("R8")).json()["status"] == status
        again = await merchant.refund("REFUND-0008", "R8-again", 58800)
        assert again.status_code == (200 if status == "CLOSED" else 400)
        trade_state = (await merchant.query("REFUND-0008")).json()["trade_state"]
        assert trade_state == "REFUND"

    drive_sandbox(scenario)


def test_a_refund_that_stays_processing_is_settled_by_hand(drive_sandbox):
    async def scenario(merchant):
        await merchant.buy("REFUND-0009")
        await merchant.fault("refund_processing")
        await merchant.refund("REFUND-0009", "R9", 100)
        await merchant.quiet()
        assert (await merchant.query_refund("R9")).json()["status"] == "PROCESSING"
        assert (await merchant.get("money/"))["processing_fen"] == 100
        settled = await merchant.post("refunds/", {"out_refund_no": "R9", "outcome": "success"})
        assert settled.json()["status"] == "SUCCESS"
        assert (await merchant.notified(2))[1].plaintext["out_refund_no"] == "R9"
        again = await merchant.post("refunds/", {"out_refund_no": "R9", "outcome": "closed"})
        assert (again.status_code, again.json()["error"]) == (409, "already_final")

    drive_sandbox(scenario)


def test_partial_refunds_need_a_pause_when_asked_for(drive_sandbox):
    async def scenario(merchant):
        await merchant.post("settings/", {"refund_interval_seconds": 60})
        await merchant.buy("REFUND-0010")
        assert (await merchant.refund("REFUND-0010", "R10", 1)).status_code == 200
        assert (await merchant.refund("REFUND-0010", "R11", 1)).status_code == 429

    drive_sandbox(scenario)
