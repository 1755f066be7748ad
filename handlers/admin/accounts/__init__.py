"""The administration: login, one's own account, the staff's accounts."""
