"""How a call to WeChat Pay can end other than well. Source: pay.weixin.qq.com, the error codes of each call.

The question after every failure is *what happened at WeChat?*, and the classes answer it:

- ``Unknown``: the outcome is not known. Repeat the identical request with the same number, or query.
- ``Busy``: certainly nothing. Repeat later.
- ``Refused`` and its subclasses: WeChat decided, and this is what it said.

``slug`` is stable; ``http_status`` is what our own API answers when the call was made for a user; ``code`` and
``status`` are WeChat's error code and HTTP status. Texts hold no secret, openid or number.
"""

from __future__ import annotations


class GatewayError(Exception):
    """Any failed call."""

    slug = "wechat_failed"
    http_status = 502

    def __init__(
        self, detail: str = "", *, code: str = "", message: str = "", status: int = 0, verified: bool = False
    ) -> None:
        self.detail = detail
        self.code = code
        self.message = message
        self.status = status
        self.verified = verified
        """True when WeChat's signature over the failure was checked. Errors of WeChat's outermost servers
        come without one: nothing final may be concluded from those without a query."""
        said = " ".join(part for part in (str(status or ""), code, detail) if part)
        super().__init__(f"{self.slug}: {said}" if said else self.slug)


class Unknown(GatewayError):
    """The outcome is unknown: no answer in time, connection lost, 5xx, garbage, or a reply whose signature
    fails."""

    slug = "wechat_unknown"
    http_status = 504


class Busy(GatewayError):
    """Nothing happened at WeChat: it never got the request, or answered 429. Repeat later, unchanged."""

    slug = "wechat_busy"
    http_status = 503


class Unreachable(Busy):
    """No connection to WeChat could be made."""


class Refused(GatewayError):
    """WeChat understood and said no. ``must_query`` is true where the no may mean that an earlier request with
    this number did succeed: the truth is then what a query says."""

    slug = "wechat_refused"
    must_query = False


class Misconfigured(Refused):
    """Our credentials, clock or agreements are wrong (401, NO_AUTH, APPID_MCHID_NOT_MATCH, …): for the
    operator."""

    slug = "wechat_misconfigured"


class InvalidRequest(Refused):
    """INVALID_REQUEST: on a create or a refund possibly because the number is in use with other
    parameters."""

    slug = "wechat_invalid_request"
    must_query = True


class NotFound(Refused):
    """WeChat knows no such payment, refund or transfer; one that was cut short may still arrive."""

    slug = "wechat_not_found"


class AlreadyPaid(Refused):
    """The payment is paid, so it cannot be created again or closed: query and book it."""

    slug = "wechat_already_paid"
    http_status = 409
    must_query = True


class AlreadyClosed(Refused):
    """The payment is closed already. After a close this is as good as success; query to be sure."""

    slug = "wechat_already_closed"
    http_status = 409
    must_query = True


class NumberUsed(Refused):
    """The number is in use with other parameters."""

    slug = "wechat_number_used"
    http_status = 409
    must_query = True


class NotEnoughMoney(Refused):
    """The merchant's balance does not cover the refund or transfer: top it up, then repeat with the same number."""

    slug = "wechat_not_enough_money"


class NoBill(Refused):
    """No bill exists for that day: no money moved, or the day is more than three months ago."""

    slug = "wechat_no_bill"


class BillNotReady(Refused):
    """The bill is still being made; ask again in some minutes."""

    slug = "wechat_bill_not_ready"
    http_status = 503


_BY_CODE: dict[str, type[Refused]] = {
    # WeChat writes the older codes without underscores, so underscores do not count.
    "ORDERNOTEXIST": NotFound,
    "RESOURCENOTEXISTS": NotFound,
    "REFUNDNOTEXISTS": NotFound,
    "NOTFOUND": NotFound,
    "ORDERPAID": AlreadyPaid,
    "ORDERCLOSED": AlreadyClosed,
    "OUTTRADENOUSED": NumberUsed,
    "INVALIDREQUEST": InvalidRequest,
    "NOTENOUGH": NotEnoughMoney,
    "SIGNERROR": Misconfigured,
    "NOAUTH": Misconfigured,
    "APPIDMCHIDNOTMATCH": Misconfigured,
    "MCHNOTEXISTS": Misconfigured,
    "NOSTATEMENTEXIST": NoBill,
    "STATEMENTCREATING": BillNotReady,
}

_BUSY_CODES = {"FREQUENCYLIMITED", "FREQUENCYLIMIT", "RATELIMITEXCEEDED"}
_UNKNOWN_CODES = {"SYSTEMERROR", "BIZERRNEEDRETRY"}


def error_for(status: int, code: str, message: str, *, verified: bool) -> GatewayError:
    """The error that an answer with this HTTP status (400 or more) and WeChat code stands for."""
    plain = code.upper().replace("_", "")
    kind: type[GatewayError]
    if status == 429 or plain in _BUSY_CODES:
        kind = Busy
    elif status >= 500 or plain in _UNKNOWN_CODES or not plain:
        kind = Unknown
    else:
        kind = _BY_CODE.get(plain, Misconfigured if status == 401 else Refused)
    return kind(code=code, message=message, status=status, verified=verified)
