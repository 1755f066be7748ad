"""What every part of the stand-in shares."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from .faults import Faults
from .identity import Identity
from .settings import Settings
from .signing import Keyring, Signer
from .state import State


@dataclass
class SandboxContext:
    """The merchant, the keys, the clock (ms) and everything remembered."""

    identity: Identity
    keyring: Keyring
    clock: Callable[[], int]
    state: State
    faults: Faults
    settings: Settings
    _alternation: itertools.count[int] = field(default_factory=itertools.count)

    def signer(self, target: str, asked: str, scopes: list[str]) -> Signer:
        """The platform key for a reply or a notification (``target``: replies, notifications).

        ``asked`` is the key mode of the request: public_key or certificate.
        """
        if self.faults.take("rotated_key", scopes, target=target):
            return self.keyring.rotated
        mode = getattr(self.settings, f"signer_{target}")
        if mode == "as_asked":
            mode = asked
        elif mode == "alternate":
            mode = ("public_key", "certificate")[next(self._alternation) % 2]
        return self.keyring.public_key if mode == "public_key" else self.keyring.certificate
