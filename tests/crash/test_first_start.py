"""A development server that is killed in its very first moments starts at the next try."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config import load_settings
from startup.development import with_secrets

SECRETS = "development-secrets.json"


class PowerCut(BaseException):
    """Nothing may catch it, as nothing catches SIGKILL."""


def test_generated_secrets_are_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").touch()
    settings = load_settings(tmp_path, tmp_path / "config.toml", {})

    def cut(descriptor: int) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with pytest.raises(PowerCut):
            with_secrets(settings)
    assert not (tmp_path / SECRETS).exists()

    first = with_secrets(settings)
    assert first.privacy.key == with_secrets(settings).privacy.key
    assert stat.S_IMODE((tmp_path / SECRETS).stat().st_mode) == 0o600
