"""What stops a backup or a restore."""

from __future__ import annotations


class BackupFailed(Exception):
    """The backup was not made, or nothing was restored; the message says why in one sentence."""
