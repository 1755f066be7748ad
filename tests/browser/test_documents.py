"""An escort's documents on the phone: handed in with a last day, and what still waits is said."""

from __future__ import annotations

from clock import now_ms, shanghai_date
from tests.browser.escort_work import Work


def test_a_health_certificate_is_handed_in_with_its_last_day(work: Work) -> None:
    phone = work.phone.open("packages/escort/workbench/workbench")
    phone.tap("我的证件")
    phone.see("健康证", "还没有上传")
    phone.tap(phone.screen.get_by_text("上传", exact=True).nth(2))
    phone.see("请选证件上的最后一天")
    phone.tap("拍照或选照片")
    phone.see("请选有效期")
    before = shanghai_date(now_ms())
    phone.tap("请选证件上的最后一天")
    phone.tap_sheet(".mp-picker button.ok")
    phone.not_see("请选证件上的最后一天")
    phone.tap("拍照或选照片")
    phone.tap_sheet(".mp-subscribe button.ok")
    phone.page.locator(".mp-samples button").first.tap()
    phone.see("新上传的在等办公室审核")
    rows = work.escort.get("escort/qualifications/")["data"]
    latest = next(each["latest"] for each in rows if each["kind"] == "health")
    assert latest["state"] == "pending"
    assert latest["expiresOn"] in (before, shanghai_date(now_ms()))
