"""HTTP side of phone numbers: WeChat's call, and the tap on the phone."""

from __future__ import annotations

from .errors import ControlError
from .mini import MiniProgramHandler
from .web import ControlHandler


class PhoneNumberHandler(MiniProgramHandler):
    """POST /wxa/business/getuserphonenumber?access_token="""

    endpoint = "getuserphonenumber"
    has_effects = True

    async def post(self) -> None:
        body = self.read()
        numbers = self.sandbox.phone_numbers
        known = numbers.codes.get(str(body.get("code", "")))
        scopes = [known.openid, known.person] if known else []
        await self.apply_faults(scopes)
        answer = numbers.exchange(self.get_query_argument("access_token", ""), body)
        await self.sandbox.context.state.flush()
        self.lose_reply(scopes)
        self.reply(answer)


class PhoneCodesHandler(ControlHandler):
    """GET phone-codes/ ?limit=: what the taps gave, newest first, and how many taps are left

    POST phone-codes/ {person}: the person has tapped ``<button open-type="getPhoneNumber">`` and allowed it
    """

    def get(self) -> None:
        numbers = self.sandbox.phone_numbers
        views = [item.document() for item in reversed(numbers.codes.values())]
        self.reply({"code": 0, "left": numbers.left, "codes": views[: self.limit()]})

    async def post(self) -> None:
        person = self.wish().get("person")
        if not isinstance(person, str) or not person:
            raise ControlError(400, "invalid", "缺少 person", {"person": ["必填"]})
        made = self.sandbox.phone_numbers.tap(person)
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, "phone_code": made.code, "left": self.sandbox.phone_numbers.left})
