"""Escorts' statements paid through WeChat (商家转账): docs/platform.md."""
