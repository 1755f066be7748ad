"""The administration: payments, refunds, cases and reconciliation."""
