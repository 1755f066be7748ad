"""Subscribe messages: received, checked like WeChat does, kept to be looked at.

Source: "发送订阅消息" and its table of field types.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from .context import SandboxContext
from .errors import MiniProgramError
from .login import Login
from .pushes import Push, Pushes
from .state import Message, Permission

_OPENID = re.compile(r"[0-9A-Za-z_\-]{6,128}")
_TEMPLATE_ID = re.compile(r"(?!bad)[0-9A-Za-z_\-]{3,64}")
_PAGE = re.compile(r"[0-9A-Za-z_\-/]+(\?\S*)?")
_KEY = re.compile(r"([a-z_]+)(\d+)")
_STATES = ("developer", "trial", "formal")
_LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")

_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"
_SPAN = r"\s?[~～]\s?"

_HAN = "\u3005\u3007㐀-鿿豈-\ufaff\U00020000-\U0003fffd"
_SIGNS = " .·•・‧'’-"

# What a value of each type may look like, whole. A name with Chinese characters counts as a Chinese one, letters too.
FIELD_TYPES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "phrase": re.compile(f"[{_HAN}]{{1,5}}"),
    "name": re.compile(
        rf"(?=.*[{_HAN}])(?:[^\W\d_]|[{_HAN}{_SIGNS}]){{1,10}}|(?!.*[{_HAN}])(?:[^\W\d_]|[{_SIGNS}]){{1,20}}"
    ),
    "number": re.compile(r"-?\d[\d.]{0,31}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,31})"),
    "amount": re.compile(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "date": re.compile(rf"{_DAY}( {_CLOCK})?({_SPAN}{_DAY}( {_CLOCK})?)?"),
    "time": re.compile(rf"({_DAY} )?{_CLOCK}({_SPAN}({_DAY} )?{_CLOCK})?|{_DAY}"),
}


class Messages:
    """Receives ``message/subscribe/send``."""

    def __init__(self, context: SandboxContext, login: Login, pushes: Pushes) -> None:
        self._context = context
        self._login = login
        self._pushes = pushes

    def send(self, token: str, body: dict[str, Any]) -> tuple[dict[str, Any], Push | None]:
        """Take a message; it is kept with the answer it got. The reply, and the event that tells what became of the
        message. Raises MiniProgramError."""
        self._login.check_token(token)
        try:
            self._check(body)
            self._refuse_by_fault(body)
            self._use_permission(str(body["touser"]), str(body["template_id"]))
        except MiniProgramError as error:
            self._keep(body, error.errcode, error.errmsg)
            raise
        message = self._keep(body, 0, "ok", str(secrets.randbelow(9 * 10**17) + 10**17))
        return {"errcode": 0, "errmsg": "ok", "msgid": int(message.msgid)}, self._tell_sent(message)

    def _tell_sent(self, message: Message) -> Push | None:
        fault = self._context.faults.take("push_not_delivered", [message.openid, message.template_id])
        code, status = (fault["errcode"], fault["errmsg"]) if fault else (0, "success")
        return self.tell_sent(message, str(code), str(status))

    def tell_sent(self, message: Message, code: str, status: str) -> Push | None:
        """Push what became of a message that was taken."""
        result = {"MsgID": message.msgid, "ErrorCode": code, "ErrorStatus": status}
        return self._pushes.tell(
            "subscribe_msg_sent_event",
            message.openid,
            {"List": [{"TemplateId": message.template_id, **result}]},
        )

    def _check(self, body: dict[str, Any]) -> None:
        if not _matches(_OPENID, body.get("touser")):
            raise MiniProgramError(40003, "invalid openid")
        if not _matches(_TEMPLATE_ID, body.get("template_id")):
            raise MiniProgramError(40037, "invalid template_id")
        if body.get("page") not in (None, "") and not _matches(_PAGE, body["page"]):
            raise MiniProgramError(41030, "invalid page")
        for name, known in (("miniprogram_state", _STATES), ("lang", _LANGUAGES)):
            if body.get(name) not in (None, *known):
                raise MiniProgramError(47003, f"argument invalid! {name} invalid")
        data = body.get("data")
        if not isinstance(data, dict) or not data:
            raise MiniProgramError(47003, "argument invalid! data is empty")
        for key, holder in data.items():
            value = holder.get("value") if isinstance(holder, dict) else None
            if not fits(key, value):
                raise MiniProgramError(47003, f"argument invalid! data.{key}.value invalid")

    def _refuse_by_fault(self, body: dict[str, Any]) -> None:
        take, scopes = self._context.faults.take, [body["touser"], body["template_id"]]
        if take("message_busy", scopes):
            raise MiniProgramError(-1, "system error")
        if take("message_refused", scopes):
            raise MiniProgramError(43101, "user refuse to accept the msg")
        if fault := take("message_error", scopes):
            raise MiniProgramError(int(fault["errcode"]), str(fault["errmsg"]))

    def permit(self, openid: str, answers: dict[str, str]) -> list[Permission]:
        """What a person answered to ``wx.requestSubscribeMessage``: each ``accept`` permits one more message."""
        for template_id, answer in answers.items():
            if answer == "accept":
                permission = self._permission(openid, template_id)
                permission.remaining += 1
                self._context.state.keep(permission)
        entries = [
            {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": 0}
            for template_id, answer in answers.items()
            if answer in ("accept", "reject")
        ]
        if entries:
            self._pushes.tell("subscribe_msg_popup_event", openid, {"List": entries})
        return self.permissions_of(openid)

    def switch_off(self, openid: str, template_id: str) -> None:
        """The person switches a template off on WeChat's settings page: what was permitted counts no more."""
        permission = self._permission(openid, template_id)
        permission.remaining = 0
        self._context.state.keep(permission)
        entries = [{"TemplateId": template_id, "SubscribeStatusString": "reject"}]
        self._pushes.tell("subscribe_msg_change_event", openid, {"List": entries})

    def permissions_of(self, openid: str) -> list[Permission]:
        """How many messages the person has permitted."""
        return [one for one in self._context.state.permissions.values() if one.openid == openid]

    def _permission(self, openid: str, template_id: str) -> Permission:
        key = f"{openid} {template_id}"
        return self._context.state.permissions.get(key) or Permission(key, openid, template_id, 0)

    def _use_permission(self, openid: str, template_id: str) -> None:
        if not self._context.settings.count_permissions:
            return
        permission = self._permission(openid, template_id)
        if permission.remaining < 1:
            raise MiniProgramError(43101, "user refuse to accept the msg")
        permission.remaining -= 1
        self._context.state.keep(permission)

    def _keep(self, body: dict[str, Any], errcode: int, errmsg: str, msgid: str = "") -> Message:
        data = body.get("data")
        values = {
            str(key): str(holder.get("value") if isinstance(holder, dict) else holder)[:200]
            for key, holder in (data.items() if isinstance(data, dict) else ())
        }
        message = Message(
            id="m_" + secrets.token_hex(8),
            openid=str(body.get("touser", ""))[:128],
            template_id=str(body.get("template_id", ""))[:64],
            page=str(body.get("page") or "")[:256],
            data=values,
            created_at=self._context.clock(),
            errcode=errcode,
            errmsg=errmsg,
            msgid=msgid,
        )
        self._context.state.keep(message)
        return message


def fits(key: str, value: object) -> bool:
    """Whether a value obeys the limits of the field type that its key names (``thing1``, ``amount2``, …)."""
    match = _KEY.fullmatch(key)
    pattern = FIELD_TYPES.get(match[1]) if match else None
    return pattern is not None and _matches(pattern, value)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
