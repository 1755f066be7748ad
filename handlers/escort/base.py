"""The base of what escorts call: the escort is identified with the user, in ``prepare``."""

from __future__ import annotations

from handlers.api_handler import ApiHandler
from handlers.errors import ApiError
from storage import Reader
from storage.models import Escort, EscortState, User


class EscortHandler(ApiHandler):
    """Its operations are declared with ``auth="escort"``."""

    _escort: Escort | None = None

    async def identify_role(self, reader: Reader, user: User) -> None:
        self._escort = await reader.escorts.of_user(user.id)

    def require(self, auth: str) -> None:
        """Raises ApiError 401 to a stranger, 403 to a user to whom the office gives no orders."""
        super().require("user" if auth == "escort" else auth)
        if auth != "escort":
            return
        state = self._escort.state if self._escort is not None else ""
        if state == EscortState.SUSPENDED:
            raise ApiError(403, "escort_suspended", "您的陪诊员资格已停用，请联系客服")
        if state != EscortState.APPROVED:
            raise ApiError(403, "not_an_escort", "通过审核的陪诊员才能使用这里的功能")

    @property
    def escort(self) -> Escort:
        """The approved escort who calls; only behind ``auth="escort"``."""
        assert self._escort is not None
        return self._escort
