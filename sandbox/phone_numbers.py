"""手机号快速验证: a tap on ``<button open-type="getPhoneNumber">`` gives a code, and the code a number, once.

Source: "手机号快速验证组件" and "获取手机号". A tap is counted (WeChat charges for it), not what is made of its code.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, ClassVar

from .context import SandboxContext
from .errors import ControlError, MiniProgramError
from .login import Login
from .state import Record

CODE_MS = 5 * 60 * 1000
ABROAD = ("1", "6502530000")
"""Country code and number of who has a number abroad."""


@dataclass
class PhoneCode(Record):
    """What one tap gave. The number is the person's, whatever becomes of the code."""

    kind: ClassVar[str] = "phone_code"
    key_field: ClassVar[str] = "code"

    code: str
    openid: str
    person: str
    country_code: str
    number: str
    created_at: int
    used_at: int | None = None


class PhoneNumbers:
    """The taps that gave a code, newest last; they survive a restart like everything else."""

    def __init__(self, context: SandboxContext, login: Login) -> None:
        self._context = context
        self._login = login
        store = context.state.store
        found = [PhoneCode(**body) for _, body in store.read(PhoneCode.kind)]
        self.codes = {item.code: item for item in sorted(found, key=lambda item: item.created_at)}

    @property
    def left(self) -> int:
        """How many taps the account may still make."""
        return max(int(self._context.settings.phone_quota) - len(self.codes), 0)

    def tap(self, person: str) -> PhoneCode:
        """The person has tapped and allowed it. Raises ControlError with WeChat's ``errno`` where the tap fails."""
        openid = self._login.openid_for(person)
        if self._context.faults.take("phone_blocked", [openid, person]):
            raise ControlError(409, "phone_blocked", "手机号组件已被封禁", {"errno": ["1421102"]})
        if not self.left:
            raise ControlError(409, "phone_quota_used", "手机号组件的额度用完了", {"errno": ["1400001"]})
        abroad = self._context.faults.take("phone_abroad", [openid, person])
        country_code, number = ABROAD if abroad else ("86", self.number_of(person))
        code = PhoneCode(secrets.token_hex(32), openid, person, country_code, number, self._context.clock())
        self._keep(code)
        return code

    def number_of(self, person: str) -> str:
        """The Chinese mobile number of a person, made up from the name: always the same one."""
        seal = hmac.new(self._context.identity.secret.encode(), f"phone/{person}".encode(), hashlib.sha256)
        return f"190{int.from_bytes(seal.digest()[:8], 'big') % 10**8:08d}"

    def exchange(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """``getuserphonenumber``: the number behind a code, which is spent now. Raises MiniProgramError."""
        self._login.check_token(token)
        code = body.get("code")
        if not isinstance(code, str) or not 1 <= len(code) <= 512:
            raise MiniProgramError(40029, "invalid code")
        known, now = self.codes.get(code), self._context.clock()
        scopes = [known.openid, known.person] if known else []
        if fault := self._context.faults.take("phone_error", scopes):
            raise MiniProgramError(int(fault["errcode"]), "sandbox fault")
        if known is None or known.used_at is not None or now >= known.created_at + CODE_MS:
            raise MiniProgramError(40029, "invalid code")
        known.used_at = now
        self._keep(known)
        wrong = self._context.faults.take("phone_wrong_appid", scopes)
        prefix = "" if known.country_code == "86" else f"+{known.country_code}"
        return {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": prefix + known.number,
                "purePhoneNumber": known.number,
                "countryCode": known.country_code,
                "watermark": {
                    "timestamp": now // 1000,
                    "appid": wrong["value"] if wrong else self._context.identity.appid,
                },
            },
        }

    def _keep(self, code: PhoneCode) -> None:
        self.codes[code.code] = code
        self._context.state.store.put(code.kind, code.key, code.document())
