"""What WeChat Pay tells us. The answer has WeChat's shape: 204, or FAIL and a message that says no secret."""

from __future__ import annotations

import asyncio

import orjson

from accounts.security_events import SecurityEvent
from handlers.api_handler import ApiHandler
from handlers.errors import ApiError, as_api_error
from payment.wechatpay.notification import NotificationRefused, SignTest

NOTIFICATION_REFUSED = SecurityEvent.NOTIFICATION_REFUSED.value
ANSWER_WITHIN_SECONDS = 4.5
"""WeChat waits for five."""


class NotificationHandler(ApiHandler):
    """Verification, one short transaction, 204."""

    async def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def write_failure(self, error: ApiError) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps({"code": "FAIL", "message": error.slug}))

    async def apply(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                await self.services.payments.notify(self.request.headers, self.request.body)
        except NotificationRefused as error:
            self._note(error)
            raise ApiError(error.http_status, error.slug, "") from error
        except TimeoutError as error:
            raise ApiError(503, "busy", "") from error
        except Exception as error:
            if as_api_error(error) is None:
                raise
            raise ApiError(503, "try_again", "") from error
        self.set_status(204)

    def _note(self, error: NotificationRefused) -> None:
        """The sender alone hears of the cause otherwise. WeChat's own probe of whether we look is no news."""
        self.record(SecurityEvent.NOTIFICATION_REFUSED, error.slug)
        self.services.security.refused_notifications.labels(error.slug).inc()
        if not isinstance(error, SignTest):
            self.services.alarms.note(NOTIFICATION_REFUSED, error.slug, self.client_address)


class PaidHandler(NotificationHandler):
    async def post(self) -> None:
        """A payment notification of WeChat Pay."""
        await self.apply()


class RefundedHandler(NotificationHandler):
    async def post(self) -> None:
        """A refund notification of WeChat Pay."""
        await self.apply()


class ComplaintHandler(NotificationHandler):
    async def post(self) -> None:
        """A notification of WeChat Pay that there is something new about a complaint."""
        await self.apply()


class TransferredHandler(NotificationHandler):
    async def post(self) -> None:
        """A notification of WeChat Pay about a transfer to an escort."""
        await self.apply()


routes = [
    (r"/wechatpay/notify/", PaidHandler),
    (r"/wechatpay/refund-notify/", RefundedHandler),
    (r"/wechatpay/complaint-notify/", ComplaintHandler),
    (r"/wechatpay/transfer-notify/", TransferredHandler),
]
