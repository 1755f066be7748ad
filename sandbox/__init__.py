"""A stand-in for WeChat, for development and tests: login, WeChat Pay, subscribe messages, a cashier, faults.

It uses real HTTP with real signatures and keeps its state in one folder. See docs/sandbox.md.
"""

from __future__ import annotations

from .identity import Identity, load_identity
from .service import Sandbox
from .store import FolderInUse

__all__ = ["FolderInUse", "Identity", "Sandbox", "load_identity"]
