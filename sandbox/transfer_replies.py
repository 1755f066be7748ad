"""What WeChat says of a merchant transfer, in replies and in its notification."""

from __future__ import annotations

from typing import Any

from .formats import rfc3339
from .identity import Identity
from .state import Transfer


def _named(transfer: Transfer) -> dict[str, Any]:
    return {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": transfer.transfer_bill_no}


def accepted(transfer: Transfer) -> dict[str, Any]:
    """The reply to a request: the package only while the payee is waited for."""
    content = {**_named(transfer), "create_time": rfc3339(transfer.created_at), "state": transfer.state}
    if transfer.state == "WAIT_USER_CONFIRM":
        content["package_info"] = transfer.package_info
    if transfer.state == "FAIL":
        content["fail_reason"] = transfer.fail_reason
    return content


def cancelled(transfer: Transfer, state: str) -> dict[str, Any]:
    return {**_named(transfer), "state": state, "update_time": rfc3339(transfer.updated_at)}


def described(transfer: Transfer, identity: Identity) -> dict[str, Any]:
    """The reply to a query, which does not repeat the package."""
    return {**notice(transfer, identity), "appid": identity.appid, "transfer_remark": transfer.remark}


def notice(transfer: Transfer, identity: Identity) -> dict[str, Any]:
    """The plaintext of the notification: neither appid nor remark."""
    content = {
        **_named(transfer),
        "mch_id": identity.mchid,
        "state": transfer.state,
        "transfer_amount": transfer.amount_fen,
        "openid": transfer.openid,
        "create_time": rfc3339(transfer.created_at),
        "update_time": rfc3339(transfer.updated_at),
    }
    if transfer.fail_reason:
        content["fail_reason"] = transfer.fail_reason
    return content
