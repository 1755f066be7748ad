"""Merchant transfers (商家转账): the payee confirms each on a page of WeChat's, within a day.

Source: "发起转账", "撤销转账", "商户单号查询转账单" and "商家转账回调通知" of the API v3 documents.
"""

from __future__ import annotations

import heapq
import secrets
from typing import Any

from . import transfer_replies
from .context import SandboxContext
from .errors import ControlError, PayError
from .formats import digits, stamp
from .notifications import Event, Notifier
from .state import Transfer
from .transfer_fields import check_request, read_name, refused

DAY_MS = 24 * 3600 * 1000
QUERIED_MS = 30 * DAY_MS
FINAL = ("SUCCESS", "FAIL", "CANCELLED")
OUTCOMES = ("look", "confirm", "refuse")
EVENT = "MCHTRANSFER.BILL.FINISHED"


class Transfers:
    """WeChat Pay's book of transfers, and the merchant's account (运营账户) that pays them."""

    def __init__(self, context: SandboxContext, notifier: Notifier) -> None:
        self._context = context
        self._notifier = notifier
        self._agenda: list[tuple[int, str]] = []
        for transfer in context.state.transfers.values():
            self._plan(transfer)

    def _plan(self, transfer: Transfer) -> None:
        if transfer.due_at is not None:
            heapq.heappush(self._agenda, (transfer.due_at, transfer.out_bill_no))
            self._notifier.wake.set()

    def next_due_at(self) -> int | None:
        return self._agenda[0][0] if self._agenda else None

    def _after(self, seconds: float) -> int:
        """The moment so many of WeChat's seconds from now."""
        return self._context.clock() + int(seconds * 1000 / self._context.settings.notify_speed)

    # The merchant's calls

    def create(self, body: dict[str, Any], serial: str, key_mode: str) -> Transfer:
        """Accept a transfer, or recognise one that was accepted before. Raises PayError."""
        self.settle_due()
        check_request(body, self._context.identity.appid)
        name = read_name(body, serial, self._context.keyring)
        known = self._context.state.transfers.get(body["out_bill_no"])
        if known is not None:
            if self._compared(body, name) != self._compared(known.parameters, known.user_name):
                raise refused("out_bill_no", "商户单号已存在，且请求参数与之前不一致", "INVALID_REQUEST")
            return known
        if body["openid"] not in self._context.state.people:
            raise refused("openid", "openid 与 appid 不匹配")
        self._check_room(body["transfer_amount"])
        return self._accept(body, name, key_mode)

    def _compared(self, parameters: dict[str, Any], name: str) -> dict[str, Any]:
        """What a repetition has to have in common with the first request."""
        if self._context.settings.transfer_name_compared == "as_sent" or "user_name" not in parameters:
            return parameters
        return {**parameters, "user_name": name}

    def _check_room(self, amount_fen: int) -> None:
        settings = self._context.settings
        if amount_fen > settings.transfer_max_yuan * 100:
            raise refused("transfer_amount", "转账金额超过单笔限额", "INVALID_REQUEST")
        if self._moved_today() + amount_fen > settings.transfer_day_yuan * 100:
            raise refused("transfer_amount", "超过商户单日转账额度", "INVALID_REQUEST")
        if self.balance_fen() < amount_fen:
            raise PayError(403, "NOT_ENOUGH", "商户运营账户资金不足，请充值后再试")

    def _moved_today(self, openid: str = "") -> int:
        """What was sent today (Shanghai), to everybody or to one, and did not fail; in fen."""
        today = stamp(self._context.clock())[:8]
        return sum(
            each.amount_fen
            for each in self._context.state.transfers.values()
            if stamp(each.created_at)[:8] == today
            and openid in ("", each.openid)
            and each.state not in ("FAIL", "CANCELLED")
        )

    def balance_fen(self) -> int:
        """What was topped up, without what transfers have taken or hold."""
        held = sum(
            each.amount_fen
            for each in self._context.state.transfers.values()
            if each.state not in ("FAIL", "CANCELLED")
        )
        return int(self._context.settings.transfer_topped_up_yuan * 100) - held

    def _accept(self, body: dict[str, Any], name: str, key_mode: str) -> Transfer:
        now = self._context.clock()
        transfer = Transfer(
            out_bill_no=body["out_bill_no"],
            transfer_bill_no="13" + digits(8) + stamp(now)[:8] + digits(12),
            openid=body["openid"],
            amount_fen=body["transfer_amount"],
            remark=body["transfer_remark"],
            user_name=name,
            parameters=body,
            notify_url=body.get("notify_url", ""),
            created_at=now,
            updated_at=now,
            key_mode=key_mode,
        )
        if fault := self._stuck(transfer, "ACCEPTED", "PROCESSING"):
            transfer.state = fault["state"]
            transfer.due_at = None if fault["seconds"] is None else self._after(fault["seconds"])
        else:
            self._ask_payee(transfer)
        self._keep(transfer)
        return transfer

    def _stuck(self, transfer: Transfer, *states: str) -> dict[str, Any] | None:
        for state in states:
            if fault := self._context.faults.take("transfer_stuck", scopes_of(transfer), state=state):
                return {**fault, "state": state}
        return None

    def _ask_payee(self, transfer: Transfer) -> None:
        transfer.state, transfer.package_info = "WAIT_USER_CONFIRM", secrets.token_urlsafe(60)
        day_ms = int(DAY_MS / self._context.settings.notify_speed)
        transfer.confirm_until = transfer.due_at = transfer.created_at + day_ms
        if fault := self._context.faults.take("transfer_late_expiry", scopes_of(transfer)):
            transfer.due_at += int(fault["seconds"] * 1000 / self._context.settings.notify_speed)

    def get(self, out_bill_no: str) -> Transfer:
        """For a query. Raises PayError."""
        self.settle_due()
        transfer = self._context.state.transfers.get(out_bill_no)
        hidden = self._context.faults.take("transfer_not_found", [out_bill_no])
        if transfer is None or hidden or self._context.clock() > transfer.created_at + QUERIED_MS:
            raise PayError(404, "NOT_FOUND", "记录不存在")
        return transfer

    def cancel(self, out_bill_no: str) -> dict[str, Any]:
        """Take a request to cancel; the reply. Raises PayError."""
        self.settle_due()
        transfer = self._context.state.transfers.get(out_bill_no)
        if transfer is None:
            raise PayError(404, "NOT_FOUND", "记录不存在")
        if transfer.state == "WAIT_USER_CONFIRM":
            race = self._context.faults.take("transfer_confirmed_while_cancelling", scopes_of(transfer))
            if race is None:
                self._begin_to_cancel(transfer)
            else:
                self._confirm(transfer)
                if race["accepted"]:
                    return transfer_replies.cancelled(transfer, "CANCELING")
        if transfer.state not in ("CANCELING", "CANCELLED"):
            raise PayError(400, "INVALID_REQUEST", "当前单据状态不允许撤销")
        return transfer_replies.cancelled(transfer, transfer.state)

    def _begin_to_cancel(self, transfer: Transfer) -> None:
        transfer.state = "CANCELING"
        stuck = self._stuck(transfer, "CANCELING")
        wait = stuck["seconds"] if stuck else self._context.settings.transfer_cancel_seconds
        transfer.due_at = None if wait is None else self._after(wait)
        self._keep(transfer)

    # The payee

    def act(self, package: object, openid: object, outcome: object) -> Transfer:
        """What the page does that ``wx.requestMerchantTransfer`` opens. Raises ControlError."""
        self.settle_due()
        found = [
            each
            for each in self._context.state.transfers.values()
            if package and each.package_info == package
        ]
        if not found:
            raise ControlError(404, "unknown_package", "没有这笔收款")
        (transfer,) = found
        if outcome not in OUTCOMES:
            raise ControlError(400, "invalid", "outcome 有误", {"outcome": list(OUTCOMES)})
        if openid != transfer.openid:
            raise ControlError(409, "wrong_payee", "这笔款不是付给当前微信账号的，请换收款人的微信")
        if outcome == "look":
            return transfer
        if transfer.state != "WAIT_USER_CONFIRM":
            raise ControlError(409, "not_waiting", "这笔收款现在不能确认")
        if transfer.confirm_until is not None and self._context.clock() >= transfer.confirm_until:
            raise ControlError(409, "package_expired", "这笔收款已经过期")
        if outcome == "confirm":
            self._confirm(transfer)
        else:
            self.finish(transfer, "FAIL", "PAYEE_REJECT")
        return transfer

    def _confirm(self, transfer: Transfer) -> None:
        transfer.state = "TRANSFERING"
        transfer.due_at = self._after(self._context.settings.transfer_seconds)
        self._keep(transfer)

    # What happens by itself

    def settle_due(self) -> None:
        """Everything whose time has come: a day is over, a confirmed one is paid, a cancelled one has ended."""
        now = self._context.clock()
        while self._agenda and self._agenda[0][0] <= now:
            _, number = heapq.heappop(self._agenda)
            transfer = self._context.state.transfers[number]
            if transfer.due_at is not None and transfer.due_at <= now:
                self._step(transfer)

    def _step(self, transfer: Transfer) -> None:
        if transfer.state in ("ACCEPTED", "PROCESSING"):
            self._ask_payee(transfer)
            self._keep(transfer)
        elif transfer.state == "WAIT_USER_CONFIRM":
            self.finish(transfer, "FAIL", "OVERDUE_CLOSE")
        elif transfer.state == "TRANSFERING":
            reason = self._why_not(transfer)
            self.finish(transfer, "FAIL" if reason else "SUCCESS", reason)
        elif transfer.state == "CANCELING":
            self.finish(transfer, "CANCELLED", "MCH_CANCEL")

    def _why_not(self, transfer: Transfer) -> str:
        """Why a confirmed transfer is not paid after all; empty: it is."""
        if fault := self._context.faults.take("transfer_fails", scopes_of(transfer)):
            return str(fault["reason"])
        known_as = self._context.state.people[transfer.openid].real_name
        if transfer.user_name and known_as and transfer.user_name != known_as:
            return "NAME_NOT_CORRECT"
        if self._moved_today(transfer.openid) > self._context.settings.transfer_payee_day_yuan * 100:
            return "DAY_RECEIVED_QUOTA_EXCEED"
        return ""

    def go_on(self, transfer: Transfer) -> None:
        """Take a transfer on by one step at once, whatever holds it."""
        if transfer.state in FINAL:
            raise ControlError(409, "already_final", "这笔转账已经有结果")
        self._step(transfer)

    def finish(self, transfer: Transfer, state: str, reason: str = "") -> None:
        transfer.state, transfer.fail_reason, transfer.due_at = state, reason, None
        self._keep(transfer)
        if transfer.notify_url:
            notice = transfer_replies.notice(transfer, self._context.identity)
            event = Event(EVENT, transfer.out_bill_no, notice, transfer.notify_url, transfer.key_mode)
            self._notifier.announce(event, transfer)

    def _keep(self, transfer: Transfer) -> None:
        transfer.updated_at = self._context.clock()
        self._context.state.keep(transfer)
        self._plan(transfer)


def scopes_of(transfer: Transfer) -> list[str]:
    """The names by which faults may mean this transfer."""
    return [transfer.out_bill_no, transfer.transfer_bill_no, transfer.openid]
