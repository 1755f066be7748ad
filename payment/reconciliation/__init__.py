"""WeChat's bills against the ledger, day by day."""
