"""docs/go-live.md names what the program has: templates with their fields, addresses, switches, commands, checks."""

from __future__ import annotations

import re

import pytest

import config
from config import WeChatSettings
from handlers.routes import all_routes
from handlers.wechat import notifications
from startup.arguments import parser
from startup.live import LIVE_CHECKS
from wechat.message_facts import MessageKind, template_of

TEXT = (config.ROOT / "docs" / "go-live.md").read_text("utf-8")
OPERATION = (config.ROOT / "docs" / "operation.md").read_text("utf-8")


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_of_message_has_its_row_with_the_fields_that_are_sent(kind: MessageKind) -> None:
    fields = ", ".join(f"`{field}`" for field in template_of(WeChatSettings(), kind)[1])
    assert f"| `message_{kind}` | {fields} |" in TEXT


def test_every_address_that_wechat_calls_is_listed_and_exists() -> None:
    patterns = [str(route[0]) for route in all_routes()]
    for pattern in [str(route[0]) for route in notifications.routes]:
        assert f"`{pattern.removeprefix('/')}`" in TEXT, pattern
    named = set(re.findall(r"^\| `((?:wechat|content)[a-z/-]*/)` \|", TEXT, re.MULTILINE))
    assert len(named) >= 6
    for path in named:
        assert any(pattern.startswith(f"/{path}") for pattern in patterns), path


def test_every_setting_that_is_named_exists() -> None:
    known = (config.ROOT / "config.example.toml").read_text("utf-8")
    named = re.findall(
        r"`(wechat|pay|shipping|transfers|orders|server)\.([a-z][a-z_0-9]*)(?: = [^`]*)?`", TEXT
    )
    assert len(named) > 15
    for section, key in named:
        assert re.search(rf"^# {key} = ", known, re.MULTILINE), f"{section}.{key}"


def test_every_command_that_is_named_exists() -> None:
    listed = parser().format_help()
    named = set(re.findall(r"main\.py ([a-z-]+)", TEXT))
    assert {"check", "wechat-paths"} <= named
    assert [name for name in sorted(named) if not re.search(rf"^ +{name}\b", listed, re.MULTILINE)] == []


def test_every_live_check_is_in_the_table_of_operation() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", OPERATION, re.MULTILINE)
    names = {
        "check_token": "token",
        "check_trade_management": "trade-management",
        "check_templates": "templates",
        "check_order_centre": "order-centre",
        "check_merchant": "merchant",
        "check_transfers": "transfers",
        "check_complaint_address": "complaint-address",
        "check_notify_addresses": "notify-addresses",
        "check_push_address": "push-address",
    }
    assert [check.__name__ for check in LIVE_CHECKS] == list(names)
    assert set(names.values()) <= set(rows)
