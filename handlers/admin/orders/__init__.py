"""The administration: orders, their calendar and their export."""
