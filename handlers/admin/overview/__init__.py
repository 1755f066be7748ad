"""The administration: what needs a hand, alarms, the audit log."""
