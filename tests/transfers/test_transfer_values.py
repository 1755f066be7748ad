"""What stands in the row of a transfer, and in the evidence of a case, after each thing that WeChat may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clock import DAY, MINUTE, SECOND
from payment.evidence import Source
from payment.transfers.outcome import apply_reply, apply_transfer
from payment.transfers.service import Receiving
from payment.wechatpay.errors import Unknown
from payment.wechatpay.transfers import parse_transfer
from privacy import TRANSFER_PACKAGE
from storage.models import PayTransfer, TransferState
from tests.escort_pay.paying import ADMIN_ID
from tests.transfers.desk import PAY_FEN, pay_by_bank
from tests.transfers.fake import APPID, MCHID
from tests.transfers.memory import MemoryDesk

pytestmark = pytest.mark.promise(40)

WHEN = "2026-01-01T10:00:07+08:00"


async def told(desk: MemoryDesk, transfer: PayTransfer, state: str, **changes: Any) -> TransferState | None:
    """What WeChat is made to say of it, applied as a notification."""
    said = {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": transfer.wechat_bill_no or "1399"}
    said |= {"state": state, **changes}
    at = desk.shop.at
    return await desk.storage.run(
        lambda tx: apply_transfer(tx, parse_transfer(said), Source.NOTIFICATION, at)
    )


async def test_a_request_is_kept_as_it_is_sent_and_its_answer_with_its_times(memory: MemoryDesk) -> None:
    at = memory.shop.at
    transfer = await memory.sent()
    assert json.loads(transfer.request) == {
        "appid": APPID,
        "out_bill_no": transfer.out_bill_no,
        "transfer_scene_id": "1005",
        "openid": "owang",
        "transfer_amount": PAY_FEN,
        "transfer_remark": "2026-01 陪诊报酬",
        "notify_url": "https://example.test/wechatpay/transfer-notify/",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "陪诊员"},
            {"info_type": "报酬说明", "info_content": "陪诊服务报酬"},
        ],
        "user_recv_perception": "劳务报酬",
        "user_name": "encrypted:2",
    }
    assert (transfer.appid, transfer.mchid, transfer.openid) == (APPID, MCHID, "owang")
    assert (transfer.key_serial, transfer.started_by, transfer.amount_fen) == (
        "PUB_KEY_ID_1",
        ADMIN_ID,
        PAY_FEN,
    )
    assert transfer.wechat_bill_no == f"13{transfer.out_bill_no[1:20]}"
    package = f"package-{transfer.out_bill_no}"
    assert memory.vault.open(transfer.package_sealed, TRANSFER_PACKAGE) == package
    assert (transfer.sent_at, transfer.unanswered_at, transfer.accepted_at) == (at, None, at)
    assert (transfer.expires_at, transfer.next_query_at) == (at + DAY, at + MINUTE)
    assert (transfer.finished_at, transfer.last_error, transfer.claimed_until) == (None, "", 0)
    given = await memory.transfers.receive(transfer.statement_id, memory.escort_id)
    assert given == Receiving(MCHID, APPID, package)
    assert await memory.messages("to_receive") == 1


async def test_without_words_of_our_own_the_payee_reads_wechats(memory: MemoryDesk) -> None:
    memory.settings = memory.settings.replace(
        "transfers", perception="", notify_url="https://example.test/t/"
    )
    memory.transfers = memory.another()
    request = json.loads((await memory.sent()).request)
    assert "user_recv_perception" not in request
    assert request["notify_url"] == "https://example.test/t/"


async def test_the_escorts_day_begins_when_wechat_says_that_it_does(memory: MemoryDesk) -> None:
    memory.wechat.more = {"create_time": WHEN}
    transfer = await memory.sent()
    accepted_at = memory.shop.at + 7 * SECOND
    assert (transfer.accepted_at, transfer.expires_at) == (accepted_at, accepted_at + DAY)
    memory.shop.pass_time(MINUTE)
    for said in ({}, {"create_time": "2026-01-01T10:00:30+08:00"}):
        memory.wechat.more = said
        after = await memory.asked(transfer)
        assert (after.accepted_at, after.expires_at) == (accepted_at, accepted_at + DAY), (
            "a later report does not move it"
        )


async def test_a_transfer_that_succeeded_keeps_only_what_the_books_need(memory: MemoryDesk) -> None:
    transfer = await memory.sent(Unknown("no answer"))
    memory.shop.pass_time(MINUTE)
    assert await told(memory, transfer, "SUCCESS", update_time=WHEN) == TransferState.SUCCEEDED
    done = await memory.again(transfer)
    assert (done.state, done.live_statement_id) == ("succeeded", transfer.statement_id)
    assert (done.wechat_bill_no, done.request, done.package_sealed) == ("1399", "", "")
    assert (done.finished_at, done.next_query_at, done.last_error) == (memory.shop.at, None, "")
    statement = await memory.statement(transfer.statement_id)
    assert (statement.paid_reference, statement.paid_by) == ("微信转账 1399", ADMIN_ID)
    assert statement.paid_at == memory.shop.at - MINUTE + 7 * SECOND, "as WeChat says"
    calls = list(memory.wechat.calls)
    assert await memory.transfers.ask(transfer.id) == TransferState.SUCCEEDED
    assert memory.wechat.calls == calls, "what is final is not asked about"


@pytest.mark.parametrize("said", [{}, {"update_time": "2026-01-02T10:00:00+08:00"}])
async def test_a_transfer_is_paid_now_where_wechat_names_no_time_or_one_to_come(
    memory: MemoryDesk, said: dict[str, str]
) -> None:
    transfer = await memory.sent()
    memory.shop.pass_time(MINUTE)
    await told(memory, transfer, "SUCCESS", **said)
    assert (await memory.statement(transfer.statement_id)).paid_at == memory.shop.at


@pytest.mark.parametrize("answered", [True, False])
async def test_a_transfer_that_failed_keeps_its_reason_and_frees_its_statement(
    memory: MemoryDesk, answered: bool
) -> None:
    transfer = await memory.sent(None if answered else Unknown("no answer"))
    memory.shop.pass_time(MINUTE)
    await told(memory, transfer, "FAIL", fail_reason="TRANSFER_RISK")
    done = await memory.again(transfer)
    assert (done.state, done.live_statement_id, done.fail_reason) == ("failed", None, "TRANSFER_RISK")
    assert (done.request, done.package_sealed, done.next_query_at) == ("", "", None)
    assert (done.finished_at, done.last_error) == (memory.shop.at, "")
    assert done.wechat_bill_no == (transfer.wechat_bill_no if answered else "1399")
    assert await memory.state(transfer.statement_id) == "confirmed"


async def test_a_report_about_something_else_is_a_case_with_both_sides_and_without_the_name(
    memory: MemoryDesk,
) -> None:
    transfer = await memory.sent()
    same = {"user_name": "王芳", "package_info": "p"}
    other = {"transfer_amount": 1, "openid": "oX", "appid": "wx9", "mch_id": "19"}
    assert await told(memory, transfer, "SUCCESS", **same, **other) == TransferState.WAITING
    wrong = {"out_bill_no": "T0", "transfer_bill_no": "13"}
    assert await told(memory, transfer, "SUCCESS", **wrong, user_name="王芳") is None
    shown = {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.wechat_bill_no,
        "state": "SUCCESS",
    }
    differs = {
        "amount_fen": {"expected": PAY_FEN, "found": 1},
        "openid": {"expected": "owang", "found": "oX"},
        "appid": {"expected": APPID, "found": "wx9"},
        "mchid": {"expected": MCHID, "found": "19"},
    }
    mismatch = {"source": "notification", "differs": differs, "wechat": {**shown, **other}}
    assert await memory.cases() == [
        ("transfer_mismatch", transfer.out_bill_no, mismatch),
        ("transfer_unknown", "T0", {"source": "notification", "wechat": {**wrong, "state": "SUCCESS"}}),
    ]


async def test_a_second_end_that_contradicts_the_first_is_a_case_that_names_both(memory: MemoryDesk) -> None:
    transfer = await memory.sent()
    await told(memory, transfer, "CANCELLED")
    assert await told(memory, transfer, "CANCELLED") == TransferState.CANCELLED
    assert await told(memory, transfer, "PROCESSING") == TransferState.CANCELLED
    assert await memory.cases() == [], "the same again, or something older"
    assert await told(memory, transfer, "FAIL") == TransferState.CANCELLED
    said = {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": transfer.wechat_bill_no, "state": "FAIL"}
    contradicted = {"source": "notification", "was": "cancelled", "wechat": said}
    assert await memory.cases() == [("transfer_contradicted", transfer.out_bill_no, contradicted)]
    assert (await memory.again(transfer)).state == "cancelled"


async def test_money_that_moved_twice_is_a_case_that_names_statement_and_amount(memory: MemoryDesk) -> None:
    transfer = await memory.sent()
    await told(memory, transfer, "FAIL")
    await pay_by_bank(memory, transfer.statement_id)
    assert await told(memory, transfer, "SUCCESS") == TransferState.SUCCEEDED
    said = {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.wechat_bill_no,
        "state": "SUCCESS",
    }
    twice = {"statement": transfer.statement_id, "amount_fen": PAY_FEN, "wechat": said}
    assert (await memory.cases())[-1] == ("transfer_twice", transfer.out_bill_no, twice)
    done = await memory.again(transfer)
    assert (done.state, done.live_statement_id, done.fail_reason) == ("succeeded", None, "")


@pytest.mark.parametrize(
    ("now", "reply", "after"),
    [
        ("created", "ACCEPTED", "accepted"),
        ("created", "WAIT_USER_CONFIRM", "waiting"),
        ("created", "TRANSFERING", "accepted"),
        ("created", "SUCCESS", "accepted"),
        ("created", "FAIL", "accepted"),
        ("accepted", "PROCESSING", "processing"),
        ("processing", "ACCEPTED", "processing"),
        ("waiting", "PROCESSING", "waiting"),
        ("waiting", "WAIT_USER_CONFIRM", "waiting"),
        ("waiting", "SUCCESS", "waiting"),
        ("transferring", "WAIT_USER_CONFIRM", "transferring"),
        ("cancelling", "WAIT_USER_CONFIRM", "cancelling"),
        ("succeeded", "WAIT_USER_CONFIRM", "succeeded"),
        ("failed", "ACCEPTED", "failed"),
    ],
)
async def test_a_reply_takes_a_transfer_further_and_never_back_nor_to_an_end(
    memory: MemoryDesk, now: str, reply: str, after: str
) -> None:
    transfer = await memory.sent(Unknown("no answer"))
    sql = "UPDATE pay_transfers SET state = :state WHERE id = :id"
    await memory.storage.run(lambda tx: tx.connection.execute(sql, {"state": now, "id": transfer.id}))
    before = await memory.again(transfer)
    said = {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": "1399", "state": reply}
    at = memory.shop.at + MINUTE
    await memory.storage.run(lambda tx: apply_reply(tx, parse_transfer(said), "sealed", at))
    done = await memory.again(transfer)
    assert done.state == after
    if now in ("succeeded", "failed"):
        assert done == before
    else:
        assert (done.wechat_bill_no, done.package_sealed, done.unanswered_at) == ("1399", "sealed", None)
