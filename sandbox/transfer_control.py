"""The stand-in's own endpoints about transfers: the payee's page, the account, what is stuck."""

from __future__ import annotations

from typing import Any

from .errors import ControlError
from .settings import change_settings
from .state import Transfer
from .web import ControlHandler


def transfer_view(transfer: Transfer) -> dict[str, Any]:
    """A transfer as ``GET transfers/`` shows it: money in fen, times in ms."""
    return {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "openid": transfer.openid,
        "amount": transfer.amount_fen,
        "remark": transfer.remark,
        "user_name": transfer.user_name,
        "perception": transfer.parameters.get("user_recv_perception", ""),
        "state": transfer.state,
        "package_info": transfer.package_info,
        "fail_reason": transfer.fail_reason,
        "created_at": transfer.created_at,
        "confirm_until": transfer.confirm_until,
        "updated_at": transfer.updated_at,
    }


class TransfersHandler(ControlHandler):
    """GET transfers/ ?out_bill_no=&openid=&limit=; POST transfers/ {out_bill_no}: take it on by one step"""

    def get(self) -> None:
        query, state = self.query(), self.sandbox.context.state
        self.sandbox.transfers.settle_due()
        found = [
            each
            for each in reversed(state.transfers.values())
            if query.get("out_bill_no", each.out_bill_no) == each.out_bill_no
            and query.get("openid", each.openid) == each.openid
        ]
        views = [transfer_view(each) for each in found[: self.limit()]]
        balance = self.sandbox.transfers.balance_fen()
        self.reply({"code": 0, "total": len(found), "balance_fen": balance, "transfers": views})

    async def post(self) -> None:
        number = str(self.wish().get("out_bill_no"))
        transfer = self.sandbox.context.state.transfers.get(number)
        if transfer is None:
            raise ControlError(404, "unknown_transfer", "没有这笔转账")
        self.sandbox.transfers.go_on(transfer)
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, **transfer_view(transfer)})


class PayeeHandler(ControlHandler):
    """POST transfers/payee/ {package, openid or person, outcome: look, confirm or refuse}"""

    async def post(self) -> None:
        wish = self.wish()
        person = wish.get("person")
        openid = self.sandbox.login.openid_for(person) if isinstance(person, str) else wish.get("openid")
        if {"mchId", "appId"} & wish.keys():
            identity = self.sandbox.identity
            if (wish.get("mchId"), wish.get("appId")) != (identity.mchid, identity.appid):
                raise ControlError(400, "invalid", "mchId 或 appId 有误")
        transfer = self.sandbox.transfers.act(wish.get("package"), openid, wish.get("outcome"))
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, **transfer_view(transfer)})


class AccountHandler(ControlHandler):
    """POST transfers/account/ {yuan}: top the merchant's account up"""

    async def post(self) -> None:
        context, yuan = self.sandbox.context, self.wish().get("yuan")
        if isinstance(yuan, bool) or not isinstance(yuan, int | float) or not 0 < yuan <= 100_000:
            raise ControlError(400, "invalid", "yuan 有误", {"yuan": ["1 到 100000"]})
        topped_up = context.settings.transfer_topped_up_yuan + yuan
        change_settings(context.settings, context.state.store, {"transfer_topped_up_yuan": topped_up})
        await context.state.flush()
        self.reply({"code": 0, "balance_fen": self.sandbox.transfers.balance_fen()})


class RealNameHandler(ControlHandler):
    """POST transfers/names/ {openid, real_name}: what WeChat knows a person as; empty: any name is theirs"""

    async def post(self) -> None:
        wish, state = self.wish(), self.sandbox.context.state
        person, real_name = state.people.get(str(wish.get("openid"))), wish.get("real_name")
        if person is None:
            raise ControlError(404, "unknown_person", "这个人还没有登录过")
        if not isinstance(real_name, str) or len(real_name) > 32:
            raise ControlError(400, "invalid", "real_name 有误", {"real_name": ["文字"]})
        person.real_name = real_name
        state.keep(person)
        await state.flush()
        self.reply({"code": 0, **person.document()})
