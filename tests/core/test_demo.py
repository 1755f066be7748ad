"""``main.py demo``: a made-up company, told over HTTP, once."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.core.test_serving import wait_until
from tests.served import command, serving


@pytest.mark.timeout(300)
def test_the_demonstration_has_orders_of_every_day_whose_books_balance(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, serve=("demo", "--days", "2"), patience=150) as served:
        told = served.output
        days = re.findall(r"第 (\d)/3 天（.*）：共 (\d+) 个订单", told)
        assert [number for number, _ in days] == ["1", "2", "3"]
        assert int(days[-1][1]) > 10
        assert "没有做成" not in told
        password = re.search(r"密码 (\S+)", told)
        assert password
        with httpx.Client(base_url=served.root, trust_env=False, timeout=20) as browser:
            browser.get("admin/login/")
            given = {"username": "demo-owner", "password": password[1], "_xsrf": browser.cookies["_xsrf"]}
            assert browser.post("admin/login/", data=given).status_code == 302
            listed = browser.get("admin/orders/").text
            assert listed.count('data-label="订单"') > 10
            wait_until(lambda: "后台任务正常" in browser.get("admin/").text)
            assert "不能验证的微信通知" not in browser.get("admin/").text
    checked = command(folder, "ledger")
    assert (checked.returncode, "账目平衡" in checked.stdout) == (0, True), checked.stdout
    with serving(folder, serve=("demo",)) as again:
        assert "第 1/" not in again.output, "the story is told once"
        assert password[1] in again.output


def test_a_demonstration_is_refused_in_production(tmp_path: Path) -> None:
    refused = command(tmp_path, "demo", settings={"HA_SERVER_MODE": "production"})
    assert (refused.returncode, "runs in development" in refused.stderr) == (1, True), refused.stderr
