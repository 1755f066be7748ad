"""What stops a command, as ``main.py`` tells it. Nothing is imported here: whatever runs may raise it."""

from __future__ import annotations


class CommandFailed(Exception):
    """A command could not do its work; the message says why."""
