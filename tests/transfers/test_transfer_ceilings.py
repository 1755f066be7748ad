"""Why a statement is not paid through WeChat, to the fen and word by word; whom WeChat pays; what is forgotten when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from accounts.office_customers import OPENID_PREFIX
from clock import DAY, MINUTE, day_bounds
from config import load_settings
from config.transfer_settings import TransferSettings
from payment.transfers.problems import TransferNotPossible
from payment.transfers.schedule import QUERIED_FOR, forgotten_from
from payment.transfers.starting import Payee, Start, Starting, payee_of, why_not
from payment.wechatpay.errors import Misconfigured
from storage import Reader
from storage.models import PayStatement
from tests.escort_pay.paying import mark_of
from tests.transfers.memory import MemoryDesk
from tests.transfers.test_transfer_schedule import AT, TRANSFER

pytestmark = pytest.mark.promise(40)

ESCORT = 5
NOON = day_bounds("2026-01-01")[0] + DAY // 2


def settings(**changes: Any) -> TransferSettings:
    return load_settings(Path("/nonexistent"), environment={}).replace("transfers", **changes).transfers


class Sent:
    """What was sent today before: to this escort, to all. ``asked``: of which time, and of whom."""

    def __init__(self, escort: int = 0, everybody: int = 0) -> None:
        self.fen = {ESCORT: escort, None: everybody}
        self.asked: list[tuple[int, int, int | None]] = []

    async def sent_fen(self, first: int, last: int, escort_id: int | None = None) -> int:
        self.asked.append((first, last, escort_id))
        return self.fen[escort_id]


def row(**columns: Any) -> Any:
    async def get(_: int) -> Any:
        return SimpleNamespace(**columns) if columns else None

    return SimpleNamespace(get=get)


HERE = {"name": "王芳", "state": "approved", "user_id": 8}
LOGGED_IN = {"disabled_at": None, "openid": "oWang"}


def reader(sent: Sent | None = None, escort: Any = HERE, user: Any = LOGGED_IN) -> Reader:
    told = SimpleNamespace(transfers=sent or Sent(), escorts=row(**escort), users=row(**user))
    return cast(Reader, told)


def statement(fen: int) -> PayStatement:
    return cast(PayStatement, SimpleNamespace(total_fen=fen, escort_id=ESCORT))


async def said(fen: int, sent: Sent | None = None, **changes: Any) -> str:
    return await why_not(reader(sent), statement(fen), settings(**changes), NOON)


TOO_LITTLE = "微信一笔最少转 ￥0.10，这张请用银行付款"
TOO_MUCH = (
    "合计 ￥300.01，超过微信单笔上限 ￥300。请用银行付款；"
    "或者先在微信支付商户平台调高上限，再改设置 transfers.max_yuan"
)


@pytest.mark.parametrize(("fen", "sentence"), [(9, TOO_LITTLE), (10, ""), (30_000, ""), (30_001, TOO_MUCH)])
async def test_one_transfer_has_a_least_and_a_most(fen: int, sentence: str) -> None:
    assert await said(fen, max_yuan=300) == sentence


FOR_ESCORT = "今天已经给这位陪诊员转了 {}，再加这一张就超过每人每天 ￥100 的上限。请明天再付，或者用银行付款"
FOR_ALL = "今天一共已经转了 {}，再加这一张就超过每天 ￥500 的上限。请明天再付，或者用银行付款"


@pytest.mark.parametrize(
    ("escort", "everybody", "sentence"),
    [
        (0, 0, ""),
        (2_000, 42_000, ""),
        (2_001, 2_001, FOR_ESCORT.format("￥20.01")),
        (2_000, 42_001, FOR_ALL.format("￥420.01")),
        (2_001, 42_001, FOR_ESCORT.format("￥20.01")),
    ],
)
async def test_a_day_has_a_most_for_each_escort_and_for_all_together(
    escort: int, everybody: int, sentence: str
) -> None:
    sent = Sent(escort, everybody)
    assert await said(8_000, sent, escort_day_max_yuan=100, day_max_yuan=500) == sentence
    first, last = day_bounds("2026-01-01")
    both = [(first, last, ESCORT), (first, last, None)]
    assert sent.asked == (both[:1] if escort > 2_000 else both)


async def test_who_cannot_be_paid_through_wechat_is_paid_by_bank() -> None:
    gone = reader(escort={})
    assert await why_not(gone, statement(100), settings(), NOON) == (
        "这位陪诊员已经停用、注销，或者没有微信账号，请用银行付款"
    )


@pytest.mark.parametrize(
    ("escort", "user", "payee"),
    [
        (HERE, LOGGED_IN, Payee("王芳", "oWang")),
        ({}, LOGGED_IN, None),
        ({**HERE, "name": ""}, LOGGED_IN, None),
        *(({**HERE, "state": state}, LOGGED_IN, None) for state in ("pending", "rejected", "suspended")),
        (HERE, {}, None),
        (HERE, {**LOGGED_IN, "disabled_at": 1}, None),
        (HERE, {**LOGGED_IN, "disabled_at": 0}, None),
        (HERE, {**LOGGED_IN, "openid": f"{OPENID_PREFIX}1"}, None),
    ],
)
async def test_wechat_pays_an_approved_escort_who_can_log_in(
    escort: dict[str, Any], user: dict[str, Any], payee: Payee | None
) -> None:
    assert await payee_of(reader(escort=escort, user=user), ESCORT) == payee


@pytest.mark.parametrize(
    ("sent", "accepted", "last"),
    [(None, None, 0), (2 * MINUTE, None, 2 * MINUTE), (MINUTE, 3 * MINUTE, 3 * MINUTE), (DAY, MINUTE, DAY)],
)
def test_wechat_forgets_a_transfer_thirty_days_after_it_last_heard_of_it(
    sent: int | None, accepted: int | None, last: int
) -> None:
    times: dict[str, Any] = {"sent_at": sent and AT + sent, "accepted_at": accepted and AT + accepted}
    assert forgotten_from(replace(TRANSFER, **times)) == AT + last + QUERIED_FOR
    assert QUERIED_FOR == 30 * DAY


# What is written down


async def test_without_a_scene_nothing_is_started(memory: MemoryDesk) -> None:
    number = await memory.confirmed()
    memory.settings = memory.settings.replace("transfers", scene_id="")
    with pytest.raises(TransferNotPossible) as refused:
        await memory.start(number, memory.another())
    assert refused.value.message == "没有配置微信转账（transfers.scene_id），请用银行付款"
    assert await memory.state(number) == "confirmed"


async def test_a_name_that_cannot_be_encrypted_yet_is_tried_again_later_and_is_not_sent_in_the_clear(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_key(_: str) -> Any:
        raise Misconfigured("no key of WeChat Pay is known to encrypt with")

    named = await memory.confirmed(30)
    with monkeypatch.context() as patch:
        patch.setattr(memory.wechat, "encrypt", no_key)
        with pytest.raises(TransferNotPossible) as refused:
            await memory.start(named)
        assert refused.value.message == "还没有取到微信支付的公钥，请过几分钟再试"
        assert (await memory.state(named), await memory.all_of(named)) == ("confirmed", [])
        starting = Starting(cast(Any, memory.wechat), settings(scene_id="1005"), "https://example.test/t/")
        told = cast(PayStatement, SimpleNamespace(total_fen=29, month="2026-01"))
        request, serial = starting._request(told, Payee("王芳", "oWang"), "N1")
        assert ("user_name" in request, serial) == (False, "")
    await memory.start(named)


async def test_the_words_of_a_request_are_those_of_the_settings(memory: MemoryDesk) -> None:
    words = settings(scene_id="1009", position="岗位", paid_for="说明", perception="报销款", remark="备注")
    starting = Starting(cast(Any, memory.wechat), words, "https://example.test/t/")
    told = cast(PayStatement, SimpleNamespace(total_fen=30, month="2026-02"))
    request, serial = starting._request(told, Payee("王芳芳", "oWang"), "N1")
    assert request == {
        "appid": memory.wechat.merchant.appid,
        "out_bill_no": "N1",
        "transfer_scene_id": "1009",
        "openid": "oWang",
        "transfer_amount": 30,
        "transfer_remark": "2026-02 备注",
        "notify_url": "https://example.test/t/",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "岗位"},
            {"info_type": "报酬说明", "info_content": "说明"},
        ],
        "user_recv_perception": "报销款",
        "user_name": "encrypted:3",
    }
    assert serial == "PUB_KEY_ID_1"


async def test_what_is_started_holds_the_facts_of_its_statement(memory: MemoryDesk) -> None:
    number = await memory.confirmed(4_321)
    other = await memory.hire("li", "李梅")
    assert await memory.confirmed(1_111, other) != number
    wanted = Start(number, await mark_of(memory.storage, number), 77)
    transfer = await memory.storage.run(
        lambda tx: memory.transfers._starting.start(tx, wanted, memory.shop.at)
    )
    assert (transfer.statement_id, transfer.live_statement_id) == (number, number)
    assert (transfer.escort_id, transfer.amount_fen) == (memory.escort_id, 4_321)
    assert (transfer.openid, transfer.started_by) == (memory.openid, 77)
    assert (transfer.state, transfer.created_at) == ("created", memory.shop.at)
