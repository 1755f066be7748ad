"""An order by a number that WeChat's own pages know."""

from __future__ import annotations

from schemas.base import Input, Output, Text, Whole


class PaymentNumber(Input):
    number = Text(
        6,
        64,
        pattern=r"^[0-9A-Za-z_\-|*@]+$",
        metadata={
            "description": "what WeChat puts into the address: out_trade_no, merchant_trade_no or transaction_id"
        },
    )


class FoundOrder(Output):
    order_id = Whole(data_key="orderId")
