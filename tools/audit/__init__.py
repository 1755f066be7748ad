"""What the project is made of: every package in the lock files, its licence, its known faults. See ``__main__.py``."""
