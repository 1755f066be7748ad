"""How large a body may be where one may be larger than elsewhere: to the byte, since people are told the limit."""

from __future__ import annotations

from pathlib import Path

from config import load_settings
from handlers.base import BaseHandler
from handlers.routes import all_routes

MEGABYTE = 1024 * 1024
PHOTO = 10_240 * 1024
"""``limits.photo_kilobytes`` where nobody has set it."""
ANSWER = 4 * 6 * MEGABYTE + 64 * 1024
"""Four pictures for a complaint at WeChat, and the text."""
LARGER = {
    "/user/complaintPhoto/": PHOTO,
    "/escort/photo/": PHOTO,
    "/escort/qualification/": PHOTO,
    "/escort/supplementReceipt/": PHOTO,
    "/admin/complaints/([0-9]{1,18})/wechat/answer/": ANSWER,
    "/admin/complaints/([0-9]{1,18})/wechat/reject/": ANSWER,
    "/admin/complaints/([0-9]{1,18})/wechat/approve/": ANSWER,
    "/admin/complaints/([0-9]{1,18})/wechat/complete/": ANSWER,
    "/admin/invoices/([0-9]{1,18})/issue/": 5 * MEGABYTE + 64 * 1024,
    "/admin/invoices/([0-9]{1,18})/replace/": 5 * MEGABYTE + 64 * 1024,
    "/admin/catalog/workbook/": 8_000_000,
    "/admin/catalog/(hospitals|services|experts|banners|showcases)/(new|[0-9]{1,18})/": 21 * MEGABYTE,
}


def test_larger_bodies_are_read_where_files_are_sent_and_nowhere_else(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={})
    found = {
        str(route[0]): route[1].max_body_bytes(settings)
        for route in all_routes()
        if issubclass(route[1], BaseHandler)
    }
    assert {pattern: size for pattern, size in found.items() if size} == LARGER
