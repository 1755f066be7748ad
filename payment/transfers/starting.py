"""A transfer is decided on: whether a statement may be paid so, and the request that is frozen with its number.

A statement above the ceiling of one transfer is refused, not split. A split payment is what WeChat's risk control looks
for, would slip below the amount from which the name must be checked, needs a confirmation for each part, and could end
half paid. The ceiling can be raised at WeChat; a bank transfer is always possible.
"""

from __future__ import annotations

import json
from typing import Any

from accounts.office_customers import may_log_in
from clock import day_bounds, shanghai_date
from config.transfer_settings import TransferSettings
from frozen_dataclasses import frozen
from money import amount_text
from orders.escort_pay import wechat_payment
from payment.transfers.problems import TransferNotPossible
from payment.wechatpay.errors import Misconfigured
from payment.wechatpay.numbers import new_out_bill_no
from payment.wechatpay.transfers import MerchantTransfers
from storage import Reader, Transaction
from storage.models import EscortState, PayStatement, PayTransfer
from storage.writes import NewTransfer

JOB = "transfers"
"""Its row is locked while the sums of a day are compared with their ceilings."""
MIN_FEN = 10
MIN_NAMED_FEN = 30
"""WeChat refuses a name with less; otherwise it is always sent, so that nobody else is paid."""
SCENE = "1005"
"""佣金报酬, whose report is 岗位类型 and 报酬说明."""


@frozen()
class Payee:
    name: str
    openid: str


@frozen()
class Start:
    """What an owner decides: to pay this statement, whose page carried the mark ``seen``."""

    statement_id: int
    seen: str
    admin_id: int


async def why_not(reader: Reader, statement: PayStatement, settings: TransferSettings, at: int) -> str:
    """Why a confirmed statement cannot be paid through WeChat now, in a sentence; empty when it can."""
    fen = statement.total_fen
    if fen < MIN_FEN:
        return f"微信一笔最少转 {amount_text(MIN_FEN)}，这张请用银行付款"
    if fen > settings.max_yuan * 100:
        return (
            f"合计 {amount_text(fen)}，超过微信单笔上限 {amount_text(settings.max_yuan * 100)}。请用银行付款；"
            "或者先在微信支付商户平台调高上限，再改设置 transfers.max_yuan"
        )
    if await payee_of(reader, statement.escort_id) is None:
        return "这位陪诊员已经停用、注销，或者没有微信账号，请用银行付款"
    return await _above_a_ceiling(reader, statement, settings, at)


async def _above_a_ceiling(
    reader: Reader, statement: PayStatement, settings: TransferSettings, at: int
) -> str:
    first, last = day_bounds(shanghai_date(at))
    ceilings = (
        ("今天已经给这位陪诊员转了", "每人每天", settings.escort_day_max_yuan, statement.escort_id),
        ("今天一共已经转了", "每天", settings.day_max_yuan, None),
    )
    for sent, limit, yuan, escort_id in ceilings:
        before = await reader.transfers.sent_fen(first, last, escort_id)
        if before + statement.total_fen > yuan * 100:
            return (
                f"{sent} {amount_text(before)}，再加这一张就超过{limit} {amount_text(yuan * 100)} 的上限。"
                "请明天再付，或者用银行付款"
            )
    return ""


async def payee_of(reader: Reader, escort_id: int) -> Payee | None:
    """Whom WeChat pays; None for who is no approved escort, or cannot log in and confirm it."""
    escort = await reader.escorts.get(escort_id)
    if escort is None or not escort.name or escort.state != EscortState.APPROVED:
        return None
    user = await reader.users.get(escort.user_id)
    if user is None or user.disabled_at is not None or not may_log_in(user.openid):
        return None
    return Payee(escort.name, user.openid)


class Starting:
    def __init__(self, wechat: MerchantTransfers, settings: TransferSettings, notify_url: str) -> None:
        self._wechat = wechat
        self._settings = settings
        self._notify_url = notify_url

    async def start(self, tx: Transaction, wanted: Start, at: int) -> PayTransfer:
        """Commit to a transfer: the statement is being paid, and the request will be sent as it is now. Raises
        StatementNotFound, StatementChanged, TransferNotPossible."""
        if not self._settings.scene_id:
            raise TransferNotPossible("没有配置微信转账（transfers.scene_id），请用银行付款")
        await tx.jobs.lock(JOB, at)
        statement = await wechat_payment.begin(tx, wanted.statement_id, wanted.seen, at)
        if reason := await why_not(tx, statement, self._settings, at):
            raise TransferNotPossible(reason)
        payee = await payee_of(tx, statement.escort_id)
        assert payee is not None  # or there would be a reason
        request, serial = self._request(statement, payee, new_out_bill_no(at))
        new = NewTransfer(
            statement_id=statement.id,
            escort_id=statement.escort_id,
            out_bill_no=request["out_bill_no"],
            amount_fen=statement.total_fen,
            appid=self._wechat.merchant.appid,
            mchid=self._wechat.merchant.mchid,
            openid=payee.openid,
            request=json.dumps(request, ensure_ascii=False),
            key_serial=serial,
            started_by=wanted.admin_id,
        )
        found = await tx.transfers.get(await tx.transfers.add(new, at))
        assert found is not None
        return found

    def _request(self, statement: PayStatement, payee: Payee, number: str) -> tuple[dict[str, Any], str]:
        """The body of the request, and the serial of the key that its name is encrypted with."""
        told = self._settings
        request: dict[str, Any] = {
            "appid": self._wechat.merchant.appid,
            "out_bill_no": number,
            "transfer_scene_id": told.scene_id,
            "openid": payee.openid,
            "transfer_amount": statement.total_fen,
            "transfer_remark": f"{statement.month} {told.remark}",
            "notify_url": self._notify_url,
            "transfer_scene_report_infos": [
                {"info_type": "岗位类型", "info_content": told.position},
                {"info_type": "报酬说明", "info_content": told.paid_for},
            ],
        }
        if told.perception:
            request["user_recv_perception"] = told.perception
        if statement.total_fen < MIN_NAMED_FEN:
            return request, ""
        try:
            request["user_name"], serial = self._wechat.encrypt(payee.name)
        except Misconfigured:
            raise TransferNotPossible("还没有取到微信支付的公钥，请过几分钟再试") from None
        return request, serial
