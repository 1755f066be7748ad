"""A business that an earlier version has led for nine days, and what becomes of it after an upgrade."""
