"""Refunds and cancellations: what is offered, asked for, decided, sent, and what came of it."""
