"""Placing an order: what it holds, and which days can be booked."""
