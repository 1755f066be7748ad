"""Accounts of users and administrators: limits, lock-outs, sessions, passwords, personal data and its end."""
