"""WeChat Pay's protocol: requests, signatures, notifications, bills. Knows no storage and no orders."""
