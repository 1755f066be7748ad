"""What happens to complaints: the payer files, continues, withdraws, replies and asks WeChat for help; the merchant
answers; WeChat's deadline passes. What the payer does is notified.

Source: "消费者投诉 2.0" of the API v3 documents; what is not confirmed there is a setting.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from .complaint_book import Complaint, ComplaintBook, Picture
from .context import SandboxContext
from .errors import ControlError, PayError
from .fields import text_field
from .formats import digits, stamp
from .notifications import Event, Notifier
from .pay import scopes_of
from .refunds import Refunds
from .state import Order

MAX_DETAIL = 300
MAX_ANSWER = 200
MAX_IMAGES = 4
PROBLEMS = ("REFUND", "SERVICE_NOT_WORK", "OTHERS")
USER, MERCHANT, WECHAT = "投诉人", "商户", "微信支付"
_PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAHgAAABaCAIAAAD8YgW4AAAAj0lEQVR42u3QQQ0AAAgEoMtpMKOZxxbOBxsJyHRxIApEi0a0aNEW"
    "RItGtGjRFkSLRrRo0YgWjWjRohEtGtGiRSNaNKJFi0a0aESLFo1o0YgWLRrRohEtWjSiRSNatGhEi0a0aNGIFo1o0aIRLRrRokUj"
    "WjSiRYtGtGhEixaNaNGIFi0a0aIRLVo0okUj+osFoifVd8x+YVMAAAAASUVORK5CYII="
)
"""The picture that a payer attaches."""


class Complaints:
    """WeChat's side of complaints."""

    def __init__(self, context: SandboxContext, notifier: Notifier, refunds: Refunds) -> None:
        self._context = context
        self._notifier = notifier
        self._refunds = refunds
        self.book = ComplaintBook(context)

    # The payer

    def file(self, wish: dict[str, Any]) -> Complaint:
        """A payer complains about an order that they have paid. Raises ControlError."""
        order = self._context.state.orders.get(str(wish.get("out_trade_no")))
        if order is None or not order.paid:
            raise ControlError(404, "unknown_order", "没有这个已付款的订单")
        detail, problem = wish.get("detail", "服务和说好的不一样"), wish.get("problem_type", "REFUND")
        if not isinstance(detail, str) or not 1 <= len(detail) <= MAX_DETAIL or problem not in PROBLEMS:
            raise ControlError(400, "invalid", "投诉内容有误", {"problem_type": list(PROBLEMS)})
        now, scopes = self._context.clock(), scopes_of(order)
        complaint = Complaint(
            complaint_id=f"2002{stamp(now)}{digits(10)}",
            out_trade_no=order.out_trade_no,
            openid=order.openid,
            detail=detail,
            problem_type=problem,
            refund_fen=self._refund_wanted(wish, order),
            created_at=now,
            images=[self._attach() for _ in range(int(wish.get("images", 1)))],
        )
        for fault, phone in (("complaint_no_phone", "missing"), ("complaint_garbled_phone", "garbled")):
            if self._context.faults.take(fault, scopes):
                complaint.phone = phone
        self._say(complaint, USER, "USER_CREATE_COMPLAINT", detail, complaint.images)
        self._tell(complaint, "CREATE_COMPLAINT", event="COMPLAINT.CREATE")
        return complaint

    @staticmethod
    def _refund_wanted(wish: dict[str, Any], order: Order) -> int:
        wanted = wish.get("refund_fen", order.amount_fen)
        if type(wanted) is not int or not 0 < wanted <= order.amount_fen:
            raise ControlError(400, "invalid", "申请的退款金额有误", {"refund_fen": ["1 到订单金额"]})
        return wanted

    def _attach(self) -> str:
        return self.add_picture(_PHOTO, "image/png", "png")

    def add_picture(self, content: bytes, media_type: str, ending: str) -> str:
        media_id = f"{secrets.token_hex(20)}.{ending}"
        text = base64.b64encode(content).decode()
        self.book.keep_picture(Picture(media_id, media_type, text, self._context.clock()))
        return media_id

    def act_of_payer(self, complaint: Complaint, act: str, text: str = "") -> None:
        """Raises ControlError for an act that is not possible now."""
        acts = {
            "continue": self._continue,
            "withdraw": self._withdraw,
            "reply": self._reply,
            "platform": self._ask_platform,
            "expire": self._expire,
        }
        if act not in acts:
            raise ControlError(400, "invalid", "act 有误", {"act": sorted(acts)})
        acts[act](complaint, text or {"continue": "还没有解决，继续投诉", "reply": "请尽快处理"}.get(act, ""))

    def _continue(self, complaint: Complaint, text: str) -> None:
        complaint.times += 1
        complaint.state = self._context.settings.continued_complaint
        complaint.waiting_user = True
        self._say(complaint, USER, "USER_CONTINUE_COMPLAINT", text)
        self._tell(complaint, "CONTINUE_COMPLAINT")

    def _withdraw(self, complaint: Complaint, text: str) -> None:
        self._must_be_open(complaint)
        complaint.state, complaint.waiting_user = "PROCESSED", False
        self._say(complaint, USER, "USER_CANCEL_COMPLAINT", text)
        self._tell(complaint, "USER_CANCEL_COMPLAINT")

    def _reply(self, complaint: Complaint, text: str) -> None:
        complaint.waiting_user = True
        self._say(complaint, USER, "USER_RESPONSE", text)
        self._tell(complaint, "USER_RESPONSE")

    def _ask_platform(self, complaint: Complaint, text: str) -> None:
        self._must_be_open(complaint)
        complaint.platform = True
        self._say(complaint, USER, "USER_APPLY_PLATFORM_SERVICE", text)
        self._tell(complaint, "USER_APPLY_PLATFORM_SERIVCE")  # as WeChat once spelt it

    def _expire(self, complaint: Complaint, text: str) -> None:
        """The deadline has passed: WeChat gives the money back out of the merchant's balance."""
        self._must_be_open(complaint)
        self._refunds.take_from_balance(self.book.order(complaint))
        complaint.state, complaint.full_refunded, complaint.waiting_user = "PROCESSED", True, False
        self._say(complaint, WECHAT, "PLATFORM_REFUND", "商户超时未处理，已为用户退款")
        self._tell(complaint, "REFUND_SUCCESS")

    @staticmethod
    def _must_be_open(complaint: Complaint) -> None:
        if complaint.state == "PROCESSED":
            raise ControlError(409, "already_final", "这件投诉已经处理完成")

    # The merchant

    def respond(self, complaint: Complaint, body: dict[str, Any]) -> None:
        """Raises PayError."""
        self._check_merchant(body)
        text = text_field(body, "response_content", MAX_ANSWER)
        images = self._images(body, "response_images")
        if complaint.state == "PROCESSED" and not complaint.waiting_user:
            raise PayError(400, "INVALID_REQUEST", "投诉单已处理完成，不能回复")
        complaint.state = "PROCESSED" if complaint.state == "PROCESSED" else "PROCESSING"
        complaint.waiting_user = False
        self._say(complaint, MERCHANT, "MERCHANT_RESPONSE", text, images)
        self._tell_of_merchant(complaint, "MERCHANT_RESPONSE")

    def complete(self, complaint: Complaint, body: dict[str, Any]) -> None:
        """Raises PayError."""
        self._check_merchant(body)
        if complaint.state == "PENDING":
            raise PayError(400, "INVALID_REQUEST", "投诉单还未回复，不能反馈处理完成")
        if complaint.state == "PROCESSED":
            if self._context.settings.repeated_complete == "204":
                return
            raise PayError(400, "INVALID_REQUEST", "投诉单已处理完成")
        complaint.state, complaint.waiting_user = "PROCESSED", False
        self._say(complaint, MERCHANT, "MERCHANT_CONFIRM_COMPLETE", "")
        self._tell_of_merchant(complaint, "MERCHANT_CONFIRM_COMPLETE")

    def decide_refund(self, complaint: Complaint, body: dict[str, Any]) -> None:
        """Raises PayError."""
        action = text_field(body, "action", 16)
        text_field(body, "remark", 200, required=False)
        if complaint.problem_type != "REFUND":
            raise PayError(400, "INVALID_REQUEST", "投诉单不是申请退款，不能更新退款进度")
        if complaint.state == "PROCESSED" or complaint.approved_at is not None:
            raise PayError(400, "INVALID_REQUEST", "投诉单状态不允许更新退款进度")
        day = body.get("launch_refund_day")
        if action == "APPROVE":
            if type(day) is not int or not 0 <= day <= 30:
                raise PayError(400, "PARAM_ERROR", "launch_refund_day 有误", "/launch_refund_day")
            complaint.state, complaint.approved_at = "PROCESSING", self._context.clock()
            self._say(complaint, MERCHANT, "MERCHANT_APPROVE_REFUND", "")
            self._tell_of_merchant(complaint, "MERCHANT_APPROVE_REFUND")
            self.settle_due()
        elif action == "REJECT":
            if day is not None:
                raise PayError(400, "PARAM_ERROR", "拒绝退款时不能有 launch_refund_day", "/launch_refund_day")
            reason = text_field(body, "reject_reason", MAX_ANSWER)
            images = self._images(body, "reject_media_list")
            complaint.state, complaint.waiting_user = "PROCESSING", False
            self._say(complaint, MERCHANT, "MERCHANT_REFUSE_RERUND", reason, images)  # as WeChat spells it
            self._tell_of_merchant(complaint, "MERCHANT_REJECT_REFUND")
        else:
            raise PayError(400, "PARAM_ERROR", "action 应为 APPROVE 或 REJECT", "/action")

    def settle_due(self) -> None:
        """An approved refund that has arrived ends its complaint."""
        for complaint in self.book.complaints.values():
            if complaint.approved_at is None or complaint.state == "PROCESSED":
                continue
            refunds = self._context.state.refunds_of[complaint.out_trade_no]
            arrived = [item for item in refunds if item.status == "SUCCESS"]
            if arrived:
                total = sum(item.amount_fen for item in arrived)
                complaint.full_refunded = total >= self.book.order(complaint).amount_fen
                complaint.state, complaint.waiting_user = "PROCESSED", False
                self._say(complaint, WECHAT, "REFUND_SUCCESS", "退款已到账")
                self._tell_of_merchant(complaint, "REFUND_SUCCESS")

    def _check_merchant(self, body: dict[str, Any]) -> None:
        if text_field(body, "complainted_mchid", 64) != self._context.identity.mchid:
            raise PayError(400, "PARAM_ERROR", "complainted_mchid 不是被投诉的商户", "/complainted_mchid")

    def _images(self, body: dict[str, Any], name: str) -> list[str]:
        images = body.get(name, [])
        known = isinstance(images, list) and all(
            isinstance(item, str) and item in self.book.pictures for item in images
        )
        if not known or len(images) > MAX_IMAGES:
            raise PayError(400, "PARAM_ERROR", f"/{name} 最多 {MAX_IMAGES} 个上传得到的 media_id", f"/{name}")
        return list(images)

    # Both

    def _say(
        self, complaint: Complaint, operator: str, kind: str, details: str, images: list[str] | None = None
    ) -> None:
        complaint.history.append(
            {
                "log_id": f"{complaint.complaint_id}{len(complaint.history) + 1:04d}",
                "at": self._context.clock(),
                "operator": operator,
                "type": kind,
                "details": details,
                "images": images or [],
            }
        )
        self.book.keep(complaint)

    def _tell_of_merchant(self, complaint: Complaint, action: str) -> None:
        if self._context.settings.notify_merchants_acts:
            self._tell(complaint, action)

    def _tell(self, complaint: Complaint, action: str, event: str = "COMPLAINT.STATE_CHANGE") -> None:
        if (url := self.book.url) is None:
            return
        order = self.book.order(complaint)
        if fault := self._context.faults.take(
            "complaint_unknown_action", [complaint.complaint_id, *scopes_of(order)]
        ):
            action = str(fault["value"])
        content = {"complaint_id": complaint.complaint_id, "action_type": action}
        self._notifier.announce(Event(event, complaint.complaint_id, content, url, order.key_mode), order)
