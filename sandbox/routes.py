"""Every address of the stand-in, in one list."""

from __future__ import annotations

import re
from typing import Any

from tornado.web import url

from . import (
    complaint_api,
    complaint_control,
    control,
    mini,
    mini_links,
    mini_phone,
    page,
    push_control,
    transfer_control,
    v3,
    v3_transfers,
    wxa,
)
from .core import SandboxCore
from .web import UnknownHandler

_NUMBER = r"(?P<{}>[^/?]+)"

_COMPLAINT = r"/complaints-v2/(?P<complaint_id>[^\x2f?]+)"
_COMPLAINTS = (
    (r"/complaints-v2", complaint_api.ListHandler),
    (_COMPLAINT, complaint_api.DetailHandler),
    (rf"{_COMPLAINT}/negotiation-historys", complaint_api.HistoryHandler),
    (rf"{_COMPLAINT}/response", complaint_api.RespondHandler),
    (rf"{_COMPLAINT}/complete", complaint_api.CompleteHandler),
    (rf"{_COMPLAINT}/update-refund-progress", complaint_api.RefundProgressHandler),
    (r"/complaint-notifications", complaint_api.AddressHandler),
    (r"/images/upload", complaint_api.UploadHandler),
    (r"/images/(?P<media_id>[^\x2f?]+)", complaint_api.ImageHandler),
)


def routes(sandbox: SandboxCore, prefix: str) -> list[Any]:
    """Rules for a Tornado application. ``prefix`` is a regular expression without a trailing slash."""
    pay = {"sandbox": sandbox, "mount": re.compile(f"{prefix}(?=/v3/)")}
    order, transaction = _NUMBER.format("out_trade_no"), _NUMBER.format("transaction_id")
    refund = _NUMBER.format("out_refund_no")
    transfers = "/v3/fund-app/mch-transfer/transfer-bills"
    transfer = rf"{transfers}/out-bill-no/{_NUMBER.format('out_bill_no')}"
    gateway = [
        (r"/v3/pay/transactions/jsapi", v3.CreateHandler, pay),
        (rf"/v3/pay/transactions/out-trade-no/{order}", v3.QueryHandler, pay),
        (rf"/v3/pay/transactions/id/{transaction}", v3.QueryHandler, pay),
        (rf"/v3/pay/transactions/out-trade-no/{order}/close", v3.CloseHandler, pay),
        (r"/v3/refund/domestic/refunds", v3.RefundHandler, pay),
        (rf"/v3/refund/domestic/refunds/{refund}", v3.RefundQueryHandler, pay),
        (transfers, v3_transfers.TransferHandler, pay),
        (transfer, v3_transfers.TransferQueryHandler, pay),
        (rf"{transfer}/cancel", v3_transfers.TransferCancelHandler, pay),
        (r"/v3/certificates", v3.CertificatesHandler, pay),
        (r"/v3/bill/tradebill", v3.BillHandler, {**pay, "kind": "trade"}),
        (r"/v3/bill/fundflowbill", v3.BillHandler, {**pay, "kind": "fundflow"}),
        (r"/v3/billdownload/file", v3.DownloadHandler, pay),
        *[(f"/v3/merchant-service{path}", handler, pay) for path, handler in _COMPLAINTS],
        (r"/v3/.*", v3.UnknownPayHandler, pay),
    ]
    own = [
        (r"/sns/jscode2session", mini.Code2SessionHandler),
        (r"/cgi-bin/stable_token", mini.StableTokenHandler),
        (r"/cgi-bin/message/subscribe/send", mini.SubscribeSendHandler),
        (r"/wxa/business/getuserphonenumber", mini_phone.PhoneNumberHandler),
        (r"/wxa/generate_urllink", mini_links.UrlLinkHandler),
        (r"/wxa/generatescheme", mini_links.SchemeHandler),
        (r"/wxa/getwxacodeunlimit", mini_links.UnlimitedCodeHandler),
        (r"/wxa/sec/order/update_order_detail_path", mini_links.OrderDetailPathHandler),
        (r"/wxa/sec/order/set_msg_jump_path", mini_links.MessageJumpPathHandler),
        (r"/links/?", mini_links.LinksHandler),
        (r"/l/(?P<identifier>[0-9A-Za-z_-]{1,64})", mini_links.OpenedLinkHandler),
        (r"/wxaapi/newtmpl/gettemplate", mini.TemplatesHandler),
        (r"/wxa/sec/order/get_order_detail_path", mini_links.ReadDetailPathHandler),
        (r"/wxa/msg_sec_check", mini.MessageCheckHandler),
        (r"/wxa/media_check_async", mini.MediaCheckHandler),
        (r"/content/?", control.ContentHandler),
        (rf"/wxa/sec/order/(?P<name>{'|'.join(wxa.CALLS)})", wxa.OrderShippingHandler),
        (r"/cashier/?", control.CashierHandler),
        (r"/orders/?", control.OrdersHandler),
        (r"/refunds/?", control.RefundsHandler),
        (r"/transfers/?", transfer_control.TransfersHandler),
        (r"/transfers/payee/?", transfer_control.PayeeHandler),
        (r"/transfers/account/?", transfer_control.AccountHandler),
        (r"/transfers/names/?", transfer_control.RealNameHandler),
        (r"/notifications/?", control.NotificationsHandler),
        (r"/notifications/resend/?", control.ResendHandler),
        (r"/complaints/?", complaint_control.ComplaintsHandler),
        (r"/pushes/?", push_control.PushesHandler),
        (r"/pushes/resend/?", push_control.ResendPushHandler),
        (r"/pushes/address/?", push_control.PushAddressHandler),
        (r"/messages/?", control.MessagesHandler),
        (r"/permissions/?", control.PermissionsHandler),
        (r"/phone-codes/?", mini_phone.PhoneCodesHandler),
        (r"/shipments/?", wxa.ShipmentsHandler),
        (r"/people/?", control.PeopleHandler),
        (r"/money/?", control.MoneyHandler),
        (r"/faults/?", control.FaultsHandler),
        (r"/settings/?", control.SettingsHandler),
        (r"/identity/?", control.IdentityHandler),
        (r"/board/?", page.BoardHandler),
        (r"/assets/(?P<name>page\.css|page\.js)", page.AssetHandler),
        (r"/?", page.PageHandler),
        (r"/(?!client(/|$)).*", UnknownHandler),
    ]
    rules = [(path, handler, arguments) for path, handler, arguments in gateway]
    rules += [(path, handler, {"sandbox": sandbox}) for path, handler in own]  # type: ignore[misc]
    return [url(prefix + path, handler, arguments) for path, handler, arguments in rules]
