"""The phone number of a user's WeChat, by one tap."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Input, Output, Text


class PhoneCode(Input):
    code = Text(1, 512, metadata={"description": 'what `<button open-type="getPhoneNumber">` gave'})


class ReadPhoneReply(Output):
    phone = fields.String(required=True, metadata={"description": "13800138000, or +16502530000"})
    msg = fields.String(
        required=True, metadata={"description": "what the user should know about a number abroad; else empty"}
    )
