"""What the domain refuses, each with a stable slug and a Chinese sentence for the caller.

Nothing here knows HTTP: ``handlers/errors.py`` gives each kind its status. Payment has kinds of its own
(``payment/problems.py``).
"""

from __future__ import annotations


class Refused(Exception):
    """A rule does not allow it; nothing was changed. The text holds no personal data but the caller's own."""

    slug = "conflict"
    message = "当前状态不允许这项操作"

    def __init__(self, message: str = "") -> None:
        self.message = message or type(self).message
        super().__init__(self.slug)


class NotBelieved(Exception):
    """A message that was sent to us, and is not acted upon, as nothing proves who wrote it. ``slug`` is stable,
    ``http_status`` is what it is answered with, and all that its sender learns. The text never quotes the message."""

    slug = "refused"
    http_status = 400

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.slug}: {detail}" if detail else self.slug)


class Unknown(Refused):
    """There is no such thing, or it is not the caller's: the two look the same."""

    slug = "not_found"
    message = "没有找到您要的内容"


class OrderNotFound(Unknown):
    """No such order, or not the caller's."""

    slug = "order_not_found"
    message = "没有找到这个订单"


class SupplementNotFound(Unknown):
    """No such supplement, or none of an order that the caller may see."""

    slug = "supplement_not_found"
    message = "没有找到这笔补款"


class AccountClosed(Refused):
    """The caller's account was erased or disabled while the request was on its way."""

    slug = "unauthorized"
    message = "请先登录"


class Forbidden(Refused):
    """The caller may not do this at all."""

    slug = "forbidden"
    message = "没有权限进行这项操作"


class InvalidInput(Refused):
    """A field that is well formed and cannot be right. ``field``: its name inside; ``schemas/wire.py`` knows the one
    that clients use."""

    slug = "invalid_input"
    says_field = False
    """True where the sentence does not need the field's name in front."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Busy(Refused):
    """Too much is being done at the moment; worth trying again in ``retry_after`` seconds."""

    slug = "busy"
    message = "服务暂时不可用，请稍后再试"
    retry_after = 5
