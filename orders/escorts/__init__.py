"""Escorts and orders: who is free, invitations and leave, their desk, what families see of them, their review."""
