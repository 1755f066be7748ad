"""Money: WeChat Pay on one side, the ledger and the orders on the other.

What faces WeChat and needs no database: `signing` (the merchant's key), `keys` (WeChat's keys),
`verification` and `notification` (what WeChat says to us), `gateway` (what we say to WeChat), `results` (what
both carry), `bill` and `bill_file` (the daily statements), `numbers` and `policy`. Amounts are integer fen
(names end in `_fen`), times are integer milliseconds since the epoch, UTC (names end in `_at` or `_ms`).
"""
