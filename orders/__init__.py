"""The business rules of an order that are not about money: its transitions, and serving it."""
