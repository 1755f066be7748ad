"""Spoilt inputs for everything that reads what comes from outside. See ``__main__.py``."""
