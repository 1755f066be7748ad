"""What stands in the row of a shipment after each answer of WeChat's to a report, and what a person is told."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment.shipping.context import BUSY_PAUSES, UNKNOWN_PAUSES
from storage.models import Shipment, ShipmentState, TradeState
from tests.payment.shipping.memory import MemoryYard
from wechat.api import Forbidden, Rejected, Unanswered, Unavailable, WeChatApiError
from wechat.shipping import NOT_KNOWN_YET, NOT_THE_PAYER, SHIPPED_ALREADY, PaymentKey, Report

pytestmark = pytest.mark.promise(41)

NEVER_KNOWN = "微信的发货管理里一直没有这笔支付"


def ids(value: object) -> str | None:
    return f"{type(value).__name__}-{value.code}" if isinstance(value, WeChatApiError) else None


async def asked_and_waiting(yard: MemoryYard) -> int:
    """A served order, paid under trade management, whose shipment the next round will report."""
    await yard.rounds()
    order_id = await yard.served()
    assert await yard.rounds() == []
    return order_id


async def test_a_report_names_payment_payer_and_service_and_is_followed_in_ten_minutes(
    memory: MemoryYard,
) -> None:
    order_id = await memory.shipped()
    attempt, shipment, at = await memory.attempt(order_id), await memory.shipment(order_id), memory.shop.at
    key = PaymentKey(attempt.mchid, attempt.out_trade_no, attempt.transaction_id)
    assert memory.wechat.reports == [Report(key, attempt.openid, 3, "陪诊服务", at)]
    assert (shipment.state, shipment.wechat_state, shipment.uploads) == (ShipmentState.SHIPPED, 2, 1)
    assert (shipment.shipped_at, shipment.upload_time, shipment.next_at) == (at, at, at + 10 * MINUTE)
    assert (shipment.tries, shipment.claimed_until, shipment.last_code, shipment.last_error) == (
        0,
        0,
        None,
        "",
    )
    assert (shipment.confirmed_at, shipment.settled_at, shipment.in_complaint) == (None, None, False)
    assert (shipment.paid_at, shipment.created_at) == (attempt.paid_at, at)
    assert shipment.declare_after_date == "2026-01-16", "fifteen days after it was paid"
    assert memory.wechat.calls == ["managed", "completed", "state", "upload"]


@pytest.mark.parametrize(
    ("error", "pause", "counted"),
    [
        (Unavailable("busy", -1), BUSY_PAUSES[0], 1),
        (Unanswered("no answer"), BUSY_PAUSES[0], 1),
        (Rejected(code=10060012), BUSY_PAUSES[0], 1),
        (Rejected(code=NOT_KNOWN_YET), UNKNOWN_PAUSES[0], 1),
        (Forbidden(code=48001), HOUR, 0),
    ],
    ids=ids,
)
async def test_a_question_before_the_report_that_fails_is_asked_again(
    memory: MemoryYard, error: WeChatApiError, pause: int, counted: int
) -> None:
    order_id = await asked_and_waiting(memory)
    done, row = await memory.after(order_id, error)
    assert (done, row.state, row.tries, row.uploads) == (["later"], ShipmentState.PENDING, counted, 0)
    assert (row.next_at, row.claimed_until) == (memory.shop.at + pause, 0)
    assert (row.last_code, row.last_error) == (error.code, str(error))
    assert memory.wechat.reports == []


@pytest.mark.parametrize(
    ("error", "pause", "counted", "uploads"),
    [
        (Unanswered("no answer"), UNKNOWN_PAUSES[0], 1, 1),
        (Unavailable("busy", -1), BUSY_PAUSES[0], 1, 0),
        (Rejected(code=10060019), BUSY_PAUSES[0], 1, 0),
        (Rejected(code=NOT_KNOWN_YET), UNKNOWN_PAUSES[0], 1, 0),
        (Forbidden(code=48001), HOUR, 0, 0),
    ],
    ids=ids,
)
async def test_a_report_that_fails_counts_only_when_it_may_have_arrived(
    memory: MemoryYard, error: WeChatApiError, pause: int, counted: int, uploads: int
) -> None:
    """One that was not carried out goes out again as it was; one that may have arrived has used its time up."""
    order_id = await asked_and_waiting(memory)
    first_at = memory.shop.at
    done, row = await memory.after(order_id, error, "upload")
    assert (done, row.state, row.tries, row.uploads) == (["later"], ShipmentState.PENDING, counted, uploads)
    assert (row.next_at, row.last_code, row.last_error) == (memory.shop.at + pause, error.code, str(error))
    assert row.upload_time == first_at
    memory.shop.pass_time(pause)
    assert await memory.rounds() == ["shipped"]
    (report,) = memory.wechat.reports
    assert report.upload_time == (memory.shop.at if uploads else first_at)
    row = await memory.shipment(order_id)
    assert (row.uploads, row.tries, row.last_code, row.last_error) == (uploads + 1, 0, None, "")


async def test_a_second_report_at_the_same_moment_is_later_by_a_millisecond(memory: MemoryYard) -> None:
    order_id = await asked_and_waiting(memory)
    await memory.after(order_id, Unanswered("no answer"), "upload")
    await memory.due(order_id)
    assert await memory.rounds() == ["shipped"]
    assert memory.wechat.reports[0].upload_time == memory.shop.at + 1


async def test_after_two_reports_that_wechat_does_not_show_a_person_is_told(memory: MemoryYard) -> None:
    order_id = await asked_and_waiting(memory)
    for _ in range(2):
        await memory.after(order_id, Unanswered("no answer"), "upload")
    await memory.due(order_id)
    assert await memory.rounds() == ["failed"]
    assert await memory.told_people() == [
        ("shipment_failed", {"code": None, "why": "上报了两次，微信仍显示待发货"})
    ]
    assert memory.wechat.calls.count("upload") == 2


@pytest.mark.parametrize(
    ("error", "call", "why"),
    [
        (Rejected(code=268485194), "state", "微信不回答这笔支付的发货状态"),
        (Rejected(code=NOT_THE_PAYER), "upload", "付款人与微信的记录不一致"),
        (Rejected(code=268485194), "upload", "微信不接受上报的内容"),
        *((Rejected(code=code), "upload", "微信说这笔支付不能发货") for code in sorted(SHIPPED_ALREADY)),
    ],
    ids=ids,
)
async def test_what_wechat_refuses_for_good_is_told_to_a_person_with_its_code(
    memory: MemoryYard, error: WeChatApiError, call: str, why: str
) -> None:
    order_id = await asked_and_waiting(memory)
    done, row = await memory.after(order_id, error, call)
    assert (done, row.state, row.uploads) == (["failed"], ShipmentState.FAILED, 0)
    assert (row.last_code, row.last_error, row.next_at) == (error.code, why, memory.shop.at + DAY)
    assert row.claimed_until == 0
    assert await memory.told_people() == [("shipment_failed", {"code": error.code, "why": why})]


@pytest.mark.parametrize("state", [TradeState.SHIPPED, TradeState.TO_SHIP])
async def test_shipped_already_is_asked_about_and_believed(memory: MemoryYard, state: TradeState) -> None:
    order_id = await asked_and_waiting(memory)
    number = (await memory.attempt(order_id)).out_trade_no
    upload = memory.wechat.upload

    async def shipped_already(report: Report) -> None:
        memory.wechat.states[number] = state
        await upload(report)

    memory.wechat.upload = shipped_already  # type: ignore[method-assign]
    done, row = await memory.after(order_id, Rejected(code=10060003), "upload")
    known = state == TradeState.SHIPPED
    assert done == (["known"] if known else ["failed"])
    assert row.state == (ShipmentState.SHIPPED if known else ShipmentState.FAILED)
    assert row.uploads == 0


async def test_shipped_already_about_which_wechat_cannot_be_asked_is_tried_again(memory: MemoryYard) -> None:
    order_id = await asked_and_waiting(memory)
    upload = memory.wechat.upload

    async def busy_afterwards(report: Report) -> None:
        memory.wechat.failing["state"].append(Unavailable("busy", -1))
        await upload(report)

    memory.wechat.upload = busy_afterwards  # type: ignore[method-assign]
    done, row = await memory.after(order_id, Rejected(code=10060003), "upload")
    assert (done, row.state, row.last_code) == (["later"], ShipmentState.PENDING, -1)
    assert memory.seconds(row.next_at) == 10


@pytest.mark.parametrize(
    ("error", "call", "pauses", "why"),
    [
        (Unavailable("busy", -1), "state", BUSY_PAUSES, "多次上报都没有成功"),
        (Unavailable("busy", -1), "upload", BUSY_PAUSES, "多次上报都没有成功"),
        (Unanswered("no answer"), "upload", UNKNOWN_PAUSES, "多次上报都没有成功"),
        (Rejected(code=NOT_KNOWN_YET), "state", UNKNOWN_PAUSES, NEVER_KNOWN),
    ],
    ids=ids,
)
async def test_after_the_last_pause_a_person_is_told(
    memory: MemoryYard, error: WeChatApiError, call: str, pauses: tuple[int, ...], why: str
) -> None:
    order_id = await asked_and_waiting(memory)
    await memory.due(order_id, tries=len(pauses) - 1)
    done, row = await memory.after(order_id, error, call)
    assert (done, row.tries, row.next_at) == (["later"], len(pauses), memory.shop.at + pauses[-1])
    assert await memory.told_people() == []
    done, row = await memory.after(order_id, error, call)
    assert (done, row.state, row.last_error) == (["failed"], ShipmentState.FAILED, why)
    assert await memory.told_people() == [("shipment_failed", {"code": error.code, "why": why})]


async def test_what_the_account_may_not_do_is_tried_as_long_as_it_takes(memory: MemoryYard) -> None:
    order_id = await asked_and_waiting(memory)
    await memory.due(order_id, tries=100)
    done, row = await memory.after(order_id, Forbidden(code=48001), "upload")
    assert (done, row.state, row.tries) == (["later"], ShipmentState.PENDING, 100)


@pytest.mark.parametrize(("paid", "quiet"), [(-1, True), (0, False), (1, False)])
async def test_one_that_never_enters_ends_quietly_only_when_it_is_older_than_the_management(
    memory: MemoryYard, paid: int, quiet: bool
) -> None:
    order_id = await asked_and_waiting(memory)
    async with memory.shop.storage.reading() as reader:
        since = (await reader.trade_management.get()).managed_since
    assert since is not None
    await memory.due(order_id, tries=len(UNKNOWN_PAUSES), paid_at=since + paid)
    done, row = await memory.after(order_id, Rejected(code=NOT_KNOWN_YET))
    if quiet:
        assert (done, row.state, row.next_at) == (["unknown"], ShipmentState.UNKNOWN, None)
        assert (row.last_code, row.claimed_until, await memory.told_people()) == (NOT_KNOWN_YET, 0, [])
    else:
        assert done == ["failed"]
        assert await memory.told_people() == [
            ("shipment_failed", {"code": NOT_KNOWN_YET, "why": NEVER_KNOWN})
        ]


@pytest.mark.parametrize("state", [state for state in TradeState if state != TradeState.TO_SHIP])
async def test_what_wechat_knows_before_a_report_is_taken_over(memory: MemoryYard, state: TradeState) -> None:
    order_id = await asked_and_waiting(memory)
    memory.wechat.states[(await memory.attempt(order_id)).out_trade_no] = state
    done, row = await memory.rounds(), await memory.shipment(order_id)
    assert memory.wechat.reports == []
    if state == TradeState.UNKNOWN:
        assert (done, row.state, row.last_error) == (
            ["failed"],
            ShipmentState.FAILED,
            "微信的发货状态无法识别",
        )
        return
    assert (done, row.wechat_state) == (["known"], state)
    ended = {TradeState.REFUNDED: ShipmentState.REFUNDED, TradeState.FINISHED: ShipmentState.SETTLED}
    assert row.state == ended.get(state, ShipmentState.SHIPPED)
    assert (row.next_at is None) == (state in ended)


async def test_a_case_that_was_closed_is_opened_again_when_it_fails_once_more(memory: MemoryYard) -> None:
    order_id = await asked_and_waiting(memory)
    await memory.after(order_id, Rejected(code=268485194), "upload")
    async with memory.shop.storage.transaction() as tx:
        (case,) = await tx.finance.cases()
        await tx.finance.close_case(case.id, "改好了", 1, memory.shop.at)
        await tx.commit()
    assert case.order_id == order_id
    assert case.reference == (await memory.attempt(order_id)).out_trade_no
    await memory.due(order_id, state=ShipmentState.PENDING, by_hand=1)
    await memory.after(order_id, Rejected(code=NOT_THE_PAYER), "upload")
    evidence = {"code": NOT_THE_PAYER, "why": "付款人与微信的记录不一致"}
    (told,) = await memory.told_people()
    assert told == ("shipment_failed", {**evidence, "reopened": told[1]["reopened"]})
    assert [each["note"] for each in told[1]["reopened"]] == ["改好了"]


async def test_a_shipment_that_fails_unforeseen_holds_up_no_other_and_keeps_its_claim(
    memory: MemoryYard,
) -> None:
    first = await memory.served()
    second = await memory.served(await memory.shop.user("oOther"))
    await memory.rounds()
    memory.wechat.failing["upload"].append(RuntimeError("a bug"))
    assert sorted(await memory.rounds()) == ["error", "shipped"]
    rows: list[Shipment] = [await memory.shipment(order_id) for order_id in (first, second)]
    claims = sorted((row.claimed_until, row.state) for row in rows)
    assert claims == [(0, "shipped"), (memory.shop.at + 3 * MINUTE, "pending")]
    memory.shop.pass_time(3 * MINUTE - 1)
    assert await memory.rounds() == []
    memory.shop.pass_time(SECOND)
    assert await memory.rounds() == ["shipped"]
