"""Money: WeChat Pay on one side, the ledger and the orders on the other.

What faces WeChat and needs no database: ``merchant`` and ``signing`` (who we are, and our key), ``keys`` (WeChat's
keys), ``verification`` and ``notification`` (what WeChat says to us), ``gateway``, ``calls`` and ``library`` (what we
say to WeChat), ``results`` and ``errors`` (how both end), ``bill``, ``bill_lines`` and ``bill_file`` (the daily
statements), ``numbers``, ``policy``. Amounts are integer fen (names end in ``_fen``), times are integer milliseconds
since the epoch, UTC (names end in ``_at`` or ``_ms``).
"""
