"""Bills: WeChat's format to the byte, complete, and wrong only on request."""

from __future__ import annotations

import datetime
import gzip
import hashlib
from zoneinfo import ZoneInfo

import pytest

from sandbox.bill_format import FLOW_HEADER, FLOW_SUMMARY, TRADE_HEADERS, TRADE_SUMMARY
from sandbox.movements import fee

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime.datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


class Clock:
    def __init__(self):
        self.at = NOON

    def __call__(self):
        return int(self.at.timestamp() * 1000)


async def fetch(merchant, path, *, packed=True):
    """A bill as (lines of the detail section, lines of the summary section), each split into fields."""
    query = "&tar_type=GZIP" if packed else ""
    offered = await merchant.call("GET", path + query)
    assert offered.status_code == 200, offered.text
    offer = offered.json()
    assert offer["hash_type"] == "SHA1"
    assert offer["download_url"].startswith(merchant.base + "/v3/billdownload/file?token=")
    response = await merchant.call("GET", offer["download_url"].removeprefix(merchant.base))
    assert response.status_code == 200
    assert "Wechatpay-Signature" not in response.headers
    content = gzip.decompress(response.content) if packed else response.content
    text = content.decode("utf-8-sig")
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    fields = [[cell.removeprefix("`") for cell in line.split(",")] for line in lines[1:-2]]
    assert all(line.startswith("`") for line in [*lines[1:-2], lines[-1]])
    right = hashlib.sha1(content).hexdigest() == offer["hash_value"]
    return lines[0], fields, lines[-2], [cell.removeprefix("`") for cell in lines[-1].split(",")], right


TRADE, FLOW = "/v3/bill/tradebill?bill_date=2026-03-10", "/v3/bill/fundflowbill?bill_date=2026-03-10"


async def two_payments_and_a_refund(merchant):
    await merchant.buy("BILL-00001", 58850)
    await merchant.pay(await merchant.create("BILL-00002", 1, description="逗号,`反引号\n换行"))
    await merchant.refund("BILL-00001", "BR1", 8850, 58850)
    await merchant.create("BILL-UNPAID")
    await merchant.notified(2)


def test_the_trade_bill_lists_payments_and_refunds(drive_sandbox):
    clock = Clock()

    async def scenario(merchant):
        await two_payments_and_a_refund(merchant)
        clock.at += datetime.timedelta(days=1)
        header, rows, summary_header, summary, right = await fetch(merchant, TRADE)
        assert right
        assert (header, summary_header) == (TRADE_HEADERS["ALL"], TRADE_SUMMARY)
        table = [dict(zip(header.split(","), row, strict=True)) for row in rows]
        paid = next(
            row for row in table if row["商户订单号"] == "BILL-00001" and row["交易状态"] == "SUCCESS"
        )
        assert paid["订单金额"] == paid["应结订单金额"] == "588.50"
        assert (paid["手续费"], paid["费率"]) == ("3.53000", "0.60%")
        assert (paid["商户退款单号"], paid["微信退款单号"], paid["退款金额"]) == ("0", "0", "0.00")
        assert paid["交易时间"] == "2026-03-10 12:00:00"
        assert paid["用户标识"] == merchant.openid
        back = next(row for row in table if row["交易状态"] == "REFUND")
        assert (back["商户退款单号"], back["退款金额"], back["申请退款金额"]) == ("BR1", "88.50", "88.50")
        assert back["手续费"] == f"-0.{fee(8850):02d}000"
        assert back["退款状态"] in ("PROCESSING", "SUCCESS")
        assert summary == ["3", "588.51", "88.50", "0.00", "3.00000", "588.51", "88.50"]
        for variant, count in (("SUCCESS", 2), ("REFUND", 1)):
            found = await fetch(merchant, f"{TRADE}&bill_type={variant}", packed=False)
            assert (found[0], len(found[1])) == (TRADE_HEADERS[variant], count)
            assert all(len(row) == len(found[0].split(",")) for row in found[1])

    drive_sandbox(scenario, clock=clock)


def test_the_fund_flow_bill_adds_up(drive_sandbox):
    clock = Clock()

    async def scenario(merchant):
        await merchant.buy("BILL-00000", 10000)
        clock.at += datetime.timedelta(days=1)
        await two_payments_and_a_refund(merchant)
        clock.at += datetime.timedelta(days=1)
        header, rows, summary_header, summary, right = await fetch(merchant, FLOW.replace("10", "11"))
        assert right
        assert (header, summary_header) == (FLOW_HEADER, FLOW_SUMMARY)
        table = [dict(zip(header.split(","), row, strict=True)) for row in rows]
        balance = 100 - 0.60
        for row in table:
            amount = float(row["收支金额(元)"])
            balance += amount if row["收支类型"] == "收入" else -amount
            assert float(row["账户结余(元)"]) == pytest.approx(balance)
        kinds = sorted(row["业务类型"] for row in table)
        assert kinds == ["交易", "交易", "扣除交易手续费", "退回交易手续费", "退款"]
        assert len({row["资金流水单号"] for row in table}) == 5
        assert table[0]["业务凭证号"] == "BILL-00001"
        assert {row["业务凭证号"] for row in table if "退" in row["业务类型"]} == {"BR1"}
        assert summary == ["5", "3", "589.04", "2", "92.03"]
        await merchant.post("settings/", {"bill_counts": "20.0"})
        assert (await fetch(merchant, FLOW.replace("10", "11")))[3][0] == "5.0"

    drive_sandbox(scenario, clock=clock)


def test_partial_refunds_return_exactly_the_fee(drive_sandbox):
    clock = Clock()

    async def scenario(merchant):
        await merchant.buy("BILL-00003", 999)
        for index in range(3):
            assert (await merchant.refund("BILL-00003", f"BR3-{index}", 333, 999)).status_code == 200
        clock.at += datetime.timedelta(days=1)
        rows = (await fetch(merchant, FLOW))[1]
        assert rows[-1][7] == "0.00"

    drive_sandbox(scenario, clock=clock)


def test_a_closed_refund_moves_no_money(drive_sandbox):
    clock = Clock()

    async def scenario(merchant):
        await merchant.fault("refund_closed", seconds=0)
        await merchant.buy("BILL-00004", 1000)
        await merchant.refund("BILL-00004", "BR4", 1000, 1000)
        await merchant.notified(2)
        clock.at += datetime.timedelta(days=1)
        assert [row[3] for row in (await fetch(merchant, FLOW))[1]] == ["交易", "扣除交易手续费"]
        assert (await fetch(merchant, TRADE))[1][1][19] == "FAIL"

    drive_sandbox(scenario, clock=clock)


@pytest.mark.parametrize(
    ("days", "hour", "code"),
    [
        (0, 12, "NO_STATEMENT_EXIST"),
        (-1, 12, "NO_STATEMENT_EXIST"),
        (1, 9, "STATEMENT_CREATING"),
        (1, 10, None),
        (92, 12, None),
        (93, 12, "NO_STATEMENT_EXIST"),
    ],
)
def test_when_a_bill_is_there(drive_sandbox, days, hour, code):
    clock = Clock()

    async def scenario(merchant):
        await merchant.buy("BILL-00005")
        clock.at = (NOON + datetime.timedelta(days=days)).replace(hour=hour)
        response = await merchant.call("GET", TRADE)
        assert response.json().get("code") == code
        assert response.status_code == (400 if code else 200)

    drive_sandbox(scenario, clock=clock)


def test_no_bill_for_a_day_without_movements_unless_switched_on(drive_sandbox):
    async def scenario(merchant):
        path = "/v3/bill/tradebill?bill_date=2020-01-01"
        assert (await merchant.call("GET", path)).json()["code"] == "NO_STATEMENT_EXIST"
        await merchant.post("settings/", {"bill_any_day": True})
        assert (await fetch(merchant, path))[1:4] == (
            [],
            TRADE_SUMMARY,
            ["0", "0.00", "0.00", "0.00", "0.00000", "0.00", "0.00"],
        )
        for wrong in (
            "bill_date=20200101",
            "bill_date=2020-01-01&tar_type=ZIP",
            "bill_date=2020-01-01&bill_type=X",
        ):
            response = await merchant.call("GET", f"/v3/bill/tradebill?{wrong}")
            assert response.json()["code"] == "PARAM_ERROR"
        assert (await merchant.call("GET", "/v3/billdownload/file?token=x")).status_code == 400
        unsigned = await merchant.client.get(f"{merchant.base}/v3/billdownload/file?token=x")
        assert unsigned.status_code == 401

    drive_sandbox(scenario)


def test_rows_missing_added_and_changed_on_request(drive_sandbox):
    async def scenario(merchant):
        for index in range(3):
            await merchant.buy(f"BILL-1000{index}", 1000 + index)
        day = NOON.date().isoformat()
        path = f"/v3/bill/tradebill?bill_date={day}"
        await merchant.fault("bill_missing_row", scope="BILL-10000")
        await merchant.fault("bill_changed_row", scope="BILL-10001", by=-1)
        await merchant.fault("bill_extra_row", total=4200)
        _, rows, _, summary, right = await fetch(merchant, path)
        assert right
        assert [row[12] for row in rows] == ["10.00", "10.02", "42.00"]
        assert rows[2][6].startswith("EXTRA")
        assert (summary[0], summary[5]) == ("3", "62.02")
        assert len((await fetch(merchant, path))[1]) == 3
        await merchant.fault("bill_bad_hash")
        assert (await fetch(merchant, path))[4] is False
        await merchant.fault("bill_missing_row", target="fundflow", times=None)
        flow = await fetch(merchant, f"/v3/bill/fundflowbill?bill_date={day}")
        assert len(flow[1]) == 4
        assert len((await fetch(merchant, path))[1]) == 3
        await merchant.fault("bill_creating")
        assert (await merchant.call("GET", path)).json()["code"] == "STATEMENT_CREATING"

    drive_sandbox(scenario, clock=Clock(), bill_any_day=True)


@pytest.mark.parametrize("form", ["without_settled", "oldest", "reordered"])
def test_the_columns_are_those_that_the_merchant_gets(drive_sandbox, form):
    clock = Clock()

    async def scenario(merchant):
        await two_payments_and_a_refund(merchant)
        clock.at = NOON + datetime.timedelta(days=1)
        full = await fetch(merchant, TRADE)
        await merchant.post("settings/", {"bill_form": form})
        header, rows, totals, sums, right = await fetch(merchant, TRADE)
        assert right
        for line in (header, totals):
            assert ("应结" in line) == (form == "reordered")
        assert len(header.split(",")) == len(rows[0]) == {"without_settled": 25, "oldest": 23}.get(form, 27)
        assert len(totals.split(",")) == len(sums)
        where = header.split(",").index
        number = [row[where("商户订单号")] for row in rows]
        assert number == [row[6] for row in full[1]]
        assert rows[0][where("总金额" if form == "oldest" else "订单金额")] == "588.50"
        flow = (await fetch(merchant, FLOW))[0]
        assert (flow == FLOW_HEADER) == (form != "reordered")

    drive_sandbox(scenario, clock=clock)
