"""Hostile inputs over the API: no failure of ours, no leak, no growth. See ``__main__.py``."""
