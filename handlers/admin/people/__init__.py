"""The administration: users and escorts."""
