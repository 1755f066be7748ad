"""The phone number of the caller's WeChat, to be put into a form. Nothing is stored: saving the form does."""

from __future__ import annotations

from typing import Any

from handlers.api_handler import ApiHandler
from handlers.errors import refused
from handlers.operation import operation
from schemas.phone_number import PhoneCode, ReadPhoneReply
from wechat.phone_numbers import read_user_phone

ABROAD = "这是国外的号码，就诊当天打得通吗？打不通请改填国内的号码"


class ReadPhoneHandler(ApiHandler):
    limited_as = "phone_number"

    @operation(body=PhoneCode, reply=ReadPhoneReply, auth="user", errors=(409, 429, 502, 503, 504))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The number behind the code of one tap. A code is good for one request: after `phone_code_spent` and
        `phone_unanswered` the user taps again, or types the number. 409 `phone_number_off`: not offered here."""
        services = self.services
        if not services.settings.wechat.phone_numbers:
            raise refused("phone_number_off", "请直接填写手机号")
        found = await read_user_phone(services.wechat, services.settings.wechat.appid, given["code"])
        return {"phone": found.number, "msg": ABROAD if found.abroad else ""}


routes = [(r"/user/readPhone/", ReadPhoneHandler)]
