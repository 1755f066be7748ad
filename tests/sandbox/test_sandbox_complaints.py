"""Complaints in the stand-in: as strict as WeChat, and every act of a payer."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

import pytest
from wechatpayv3.utils import build_authorization

ROOT = "/v3/merchant-service"
JPEG = b"\xff\xd8\xff" + b"x" * 100


async def filed(merchant: Any, number: str, **wish: Any) -> str:
    """A complaint about a new order that was paid."""
    await merchant.buy(number)
    answer = await merchant.post("complaints/", {"out_trade_no": number, **wish})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["complaint_id"])


async def act(merchant: Any, complaint_id: str, name: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await merchant.call("POST", f"{ROOT}/complaints-v2/{complaint_id}/{name}", body)
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def state(merchant: Any, complaint_id: str) -> str:
    return str((await merchant.call("GET", f"{ROOT}/complaints-v2/{complaint_id}")).json()["complaint_state"])


def today(days: int = 0) -> str:
    return (date.today() + timedelta(days)).isoformat()


async def upload(
    merchant: Any, content: bytes, name: str = "a.jpg", **changes: Any
) -> tuple[int, dict[str, Any]]:
    """Sign the description and send it with the file; ``changes`` of the description, or ``signed`` something else."""
    signed_otherwise = changes.pop("signed", None)
    meta = json.dumps({"filename": name, "sha256": hashlib.sha256(content).hexdigest(), **changes})
    identity, path = merchant.sandbox.identity, f"{ROOT}/images/upload"
    authorization = build_authorization(
        path, "POST", identity.mchid, identity.merchant_serial, merchant.key, data=signed_otherwise or meta
    )
    answer = await merchant.client.post(
        merchant.base + path,
        data={"meta": meta},
        files={"file": (name, content, "image/jpeg")},
        headers={"Authorization": authorization},
    )
    return answer.status_code, answer.json()


def test_the_list_wants_days_and_pages_within_limits(drive_sandbox):
    async def scenario(merchant):
        number = await filed(merchant, "COMPLAIN-0001")
        for query, status in (
            (f"begin_date={today(-29)}&end_date={today()}&limit=50&offset=0", 200),
            (f"begin_date={today(-30)}&end_date={today()}", 400),
            (f"begin_date={today(1)}&end_date={today()}", 400),
            ("begin_date=20261101&end_date=20261102", 400),
            (f"begin_date={today()}&end_date={today()}&limit=51", 400),
            (f"begin_date={today()}&end_date={today()}&offset=-1", 400),
        ):
            answer = await merchant.call("GET", f"{ROOT}/complaints-v2?{query}")
            assert answer.status_code == status, query
        answer = await merchant.call(
            "GET", f"{ROOT}/complaints-v2?begin_date={today(-1)}&end_date={today(1)}"
        )
        (listed,) = answer.json()["data"]
        assert answer.json()["total_count"] == 1
        assert listed["complaint_id"] == number
        assert "payer_openid" not in listed
        detail = (await merchant.call("GET", f"{ROOT}/complaints-v2/{number}")).json()
        assert detail["payer_openid"] == merchant.openid
        assert detail["complaint_order_info"][0]["out_trade_no"] == "COMPLAIN-0001"

    drive_sandbox(scenario)


def test_an_answer_is_refused_where_wechat_refuses_it_and_shown_as_often_as_it_is_sent(drive_sandbox):
    async def scenario(merchant):
        number = await filed(merchant, "COMPLAIN-0002")
        mchid = merchant.sandbox.identity.mchid
        good = {"complainted_mchid": mchid, "response_content": "马上处理"}
        for changes in (
            {"complainted_mchid": "1"},
            {"response_content": ""},
            {"response_content": "长" * 201},
            {"response_images": ["unknown"]},
            {"response_images": "text"},
        ):
            assert await act(merchant, number, "response", good | changes) == (400, "PARAM_ERROR")
        assert await act(merchant, "0", "response", good) == (404, "RESOURCE_NOT_EXISTS")
        assert await act(merchant, number, "complete", {"complainted_mchid": mchid}) == (
            400,
            "INVALID_REQUEST",
        )
        for _ in range(2):
            assert await act(merchant, number, "response", good) == (204, "")
        assert await state(merchant, number) == "PROCESSING"
        path = f"{ROOT}/complaints-v2/{number}/negotiation-historys"
        said = (await merchant.call("GET", f"{path}?limit=300&offset=0")).json()["data"]
        assert [each["operate_type"] for each in said].count("MERCHANT_RESPONSE") == 2
        assert await act(merchant, number, "complete", {"complainted_mchid": mchid}) == (204, "")
        assert await act(merchant, number, "response", good) == (400, "INVALID_REQUEST")

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("content", "changes", "status"),
    [
        (JPEG, {}, 200),
        (JPEG, {"sha256": "0" * 64}, 400),
        (JPEG, {"name": "a.gif"}, 400),
        (b"no picture", {}, 400),
        (b"\xff\xd8\xff" + b"x" * (2 * 1024 * 1024), {}, 400),
        (JPEG, {"signed": "{}"}, 401),
    ],
)
def test_a_picture_is_what_its_signed_description_says(drive_sandbox, content, changes, status):
    async def scenario(merchant):
        answer, said = await upload(merchant, content, **changes)
        assert answer == status, said
        if status == 200:
            picture = await merchant.call("GET", f"{ROOT}/images/{said['media_id']}")
            assert picture.content == content
            unsigned = await merchant.client.get(f"{merchant.base}{ROOT}/images/{said['media_id']}")
            assert unsigned.status_code == 401

    drive_sandbox(scenario)


def test_a_decision_about_the_refund_is_one_of_two_and_moves_no_money(drive_sandbox):
    async def scenario(merchant):
        number = await filed(merchant, "COMPLAIN-0003")
        for body in (
            {"action": "MAYBE"},
            {"action": "APPROVE"},
            {"action": "APPROVE", "launch_refund_day": -1},
            {"action": "REJECT"},
            {"action": "REJECT", "reject_reason": "不退", "launch_refund_day": 0},
        ):
            assert await act(merchant, number, "update-refund-progress", body) == (400, "PARAM_ERROR")
        good = {"action": "APPROVE", "launch_refund_day": 0}
        assert await act(merchant, number, "update-refund-progress", good) == (204, "")
        assert await act(merchant, number, "update-refund-progress", good) == (400, "INVALID_REQUEST")
        assert (await merchant.get("money/"))["refunded_fen"] == 0
        assert await state(merchant, number) == "PROCESSING"
        await merchant.refund("COMPLAIN-0003", "RC1", 58800)
        await merchant.notified(2)
        assert await state(merchant, number) == "PROCESSED"
        other = await filed(merchant, "COMPLAIN-0004", problem_type="OTHERS")
        assert await act(merchant, other, "update-refund-progress", good) == (400, "INVALID_REQUEST")

    drive_sandbox(scenario)


def test_what_a_payer_does_is_notified_and_a_deadline_that_passes_takes_the_money(drive_sandbox):
    async def scenario(merchant):
        url = merchant.notify_url
        assert (
            await merchant.call("POST", f"{ROOT}/complaint-notifications", {"url": url})
        ).status_code == 200
        assert (
            await merchant.call("POST", f"{ROOT}/complaint-notifications", {"url": url})
        ).status_code == 400
        number = await filed(merchant, "COMPLAIN-0005")
        for name in ("reply", "platform", "continue", "expire"):
            assert (
                await merchant.post("complaints/", {"complaint_id": number, "act": name})
            ).status_code == 200
        for name in ("withdraw", "nonsense"):
            assert (
                await merchant.post("complaints/", {"complaint_id": number, "act": name})
            ).status_code in (400, 409)
        told = [each.plaintext for each in await merchant.notified(6)]
        assert sorted(each["action_type"] for each in told if "action_type" in each) == [
            "CONTINUE_COMPLAINT", "CREATE_COMPLAINT", "REFUND_SUCCESS", "USER_APPLY_PLATFORM_SERIVCE", "USER_RESPONSE",
        ]  # fmt: skip
        assert all(set(each) == {"complaint_id", "action_type"} for each in told if "action_type" in each)
        assert (await merchant.get("money/"))["refunded_fen"] == 58800
        assert await state(merchant, number) == "PROCESSED"

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    "url", ["http://shop.example/x", f"https://shop.example/{'x' * 255}", "", 5, "https://a b"]
)
def test_an_address_for_news_is_https_and_short(drive_sandbox, url):
    async def scenario(merchant):
        for method in ("POST", "PUT"):
            answer = await merchant.call(method, f"{ROOT}/complaint-notifications", {"url": url})
            assert answer.status_code == 400

    drive_sandbox(scenario)
