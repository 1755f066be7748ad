"""Shipping (发货信息管理): WeChat is told once of each payment whose service was given, and asked until its money is
settled. docs/platform.md has the rules, ``wechat.shipping`` the calls."""
