"""Changing a paid order, and what follows from it."""
