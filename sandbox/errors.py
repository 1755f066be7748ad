"""The three shapes in which the stand-in says no."""

from __future__ import annotations


class PayError(Exception):
    """A WeChat Pay error: HTTP status, one of WeChat's codes, a message: ``{"code", "message", "detail"?}``."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(code, message)
        self.status, self.code, self.message, self.field = status, code, message, field

    def document(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.field:
            body["detail"] = {"field": self.field, "issue": self.message, "location": "body"}
        return body


class MiniProgramError(Exception):
    """An api.weixin.qq.com error: HTTP 200 with ``{"errcode", "errmsg"}``."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode, self.errmsg = errcode, errmsg


class ControlError(Exception):
    """Refusal of one of the stand-in's own endpoints: ``{"code", "error", "msg", "request_id"}``."""

    def __init__(
        self, status: int, slug: str, message: str, fields: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(slug, message)
        self.status, self.slug, self.message, self.fields = status, slug, message, fields


class ReplyLost(Exception):
    """A fault says that the connection breaks here; nothing is answered."""
