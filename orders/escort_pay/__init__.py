"""Escorts' pay: rules, what is earned, monthly statements (docs/office.md)."""
